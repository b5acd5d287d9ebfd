import { Code, DomainError } from '@reputable/errors';
import type { Inside } from '../direct/inside.ts';
import { type Accounts, PageError } from './accounts.ts';
import { ATTACKS } from './attacks.ts';
import { ATTEMPTS, Refused } from './break-it.ts';
import { newTraceId, type Refusal } from './gateway-client.ts';
import { type Ids, REQUESTS } from './requests.ts';

/** What came of an action. */
export interface Outcome {
  /** The trace that the request named. */
  readonly traceId: string;
  readonly refusal?: Refusal | undefined;
  /** The data of an allowed request. */
  readonly data?: unknown;
}

/** The name for requests without an account. */
export const NOBODY = 'nobody';

/** Does what the page's buttons say, in the name of a demo account. */
export class Story {
  constructor(
    readonly inside: Inside,
    readonly accounts: Accounts,
    /** Rotates auth's signing key. Returns the line of the new one. */
    readonly rotateKey: () => Promise<string>,
  ) {}

  /**
   * Sends a request as an account.
   *
   * @throws PageError for a request or an account that does not exist
   */
  async request(name: string, as: string): Promise<Outcome> {
    const { query, variables } = REQUESTS.find((each) => each.name === name) ?? unknownAction(name);
    const traceId = newTraceId();
    const token = as === NOBODY ? undefined : await this.accounts.token(as);
    if (token !== undefined && typeof token !== 'string') return { traceId, refusal: token };
    const { data, refusal } = await this.accounts.gateway.send(query, variables(await this.ids()), { token, traceId });
    if (refusal?.code === 'UNAUTHENTICATED' && token !== undefined) this.accounts.forget(as);
    return { traceId, refusal, data };
  }

  /**
   * Tries an attack.
   *
   * @throws PageError for an attack that does not exist
   */
  async attack(name: string): Promise<Outcome> {
    const attack = ATTACKS.find((each) => each.name === name) ?? unknownAction(name);
    const traceId = newTraceId();
    try {
      await ATTEMPTS[attack.name]({ inside: this.inside, accounts: this.accounts }, traceId);
      return { traceId };
    } catch (error) {
      return { traceId, refusal: refusalOf(error) };
    }
  }

  /** The ids for the variables of requests. */
  async ids(): Promise<Ids> {
    const { postId: post } = await this.accounts.data();
    const [newcomer, member] = await Promise.all([this.accounts.idOf('newcomer'), this.accounts.idOf('member')]);
    return { post, newcomer, member };
  }
}

function unknownAction(name: string): never {
  throw new PageError(`There is no action "${name}".`);
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof Refused) return error.refusal;
  if (error instanceof DomainError) return { code: Code[error.code], reason: error.reason, message: error.message };
  // A handshake that fails has a code and a reason, but no status.
  const { code, reason, message } = error as Partial<Refusal> & Error;
  if (code === undefined || reason === undefined) throw error;
  return { code, reason, message };
}
