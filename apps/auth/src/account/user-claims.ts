import { Injectable } from '@nestjs/common';
import { type Client, currentCall, InjectClient } from '@reputable/auth';
import { UserService } from '@reputable/contracts/user/v1/user';
import { isUnavailable } from '@reputable/errors';
import { type Claims, KeptClaims } from '../kept-claims/kept-claims.ts';
import type { IssuePoint } from '../revocation/revoke.ts';
import { userSuspended } from './account.errors.ts';

/** How long auth waits for current claims before it uses kept ones, in milliseconds: half the time that the gateway waits for auth. */
const PATIENCE_MS = 1_000;

/** The claims of a user who is not suspended. */
export interface KnownClaims extends Claims {
  /** How old they are, in seconds; undefined if they are current. */
  readonly ageS?: number;
  /** The number of the last revocation that they follow; undefined if they are current. */
  readonly rev?: number;
}

/** The claims of a user, from the user service. While that does not answer: the kept ones, for a limited time. */
@Injectable()
export class UserClaims {
  constructor(
    @InjectClient(UserService) readonly users: Client<typeof UserService>,
    readonly kept: KeptClaims,
  ) {}

  /**
   * @param at a point of issue from before this call: then the claims are kept
   * @throws DomainError USER_SUSPENDED, or the error of the call to the user service if no claims are kept
   */
  async of(userId: string, at?: IssuePoint): Promise<KnownClaims> {
    const claims = await this.#known(userId, at);
    if (claims.suspended) throw userSuspended();
    return claims;
  }

  async #known(userId: string, at: IssuePoint | undefined): Promise<KnownClaims> {
    const asked = this.users.getClaims({ userId });
    const current = await within(patienceMs(), asked.catch(undefinedIfUnavailable));
    const old = current ? undefined : await this.kept.of(userId);
    if (old) return old;
    const claims = current ?? (await asked);
    if (at) await this.kept.keep(userId, claims, at);
    return claims;
  }
}

/** At most half of the time that the call has left, so that kept claims still help. */
const patienceMs = () => Math.min(PATIENCE_MS, ((currentCall()?.deadline ?? Infinity) - Date.now()) / 2);

/** The value of a promise; undefined if it takes longer. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  const { promise: over, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(resolve, ms, undefined);
  try {
    return await Promise.race([promise, over]);
  } finally {
    clearTimeout(timer);
  }
}

function undefinedIfUnavailable(error: unknown): undefined {
  if (!isUnavailable(error)) throw error;
}
