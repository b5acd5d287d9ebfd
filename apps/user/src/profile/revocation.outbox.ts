import { Injectable } from '@nestjs/common';
import { type Client, InjectClient } from '@reputable/auth';
import { AuthService, RevocationCause } from '@reputable/contracts/auth/v1/auth';
import { newId, Outbox } from '@reputable/database';
import { setTimeout } from 'node:timers/promises';
import { DataSource } from 'typeorm';

/** The cause of a revocation. */
export type Cause = Exclude<keyof typeof RevocationCause, 'UNSPECIFIED'>;

/** A revocation of a user's tokens, as the outbox stores it. */
export type UserRevocation = { id: string; userId: string; cause: Cause };

/** The longest time that a decision waits for auth, in milliseconds. */
const PATIENCE_MS = 500;

/** A revocation of all current tokens of a user. */
export const revocationOf = (userId: string, cause: Cause): UserRevocation => ({ id: newId(), userId, cause });

/** Delivers revocations to the auth service, which applies each one once. */
@Injectable()
export class RevocationOutbox extends Outbox<UserRevocation> {
  constructor(
    dataSource: DataSource,
    @InjectClient(AuthService) readonly auth: Client<typeof AuthService>,
  ) {
    const deliver = async (revocations: UserRevocation[]) => {
      await Promise.all(revocations.map((revocation) => deliverTo(auth, revocation)));
    };
    super({ dataSource, queue: 'revocation', deliver });
  }

  /**
   * Delivers a revocation that is committed, before its decision is acknowledged: if this service stops right after, auth knows it. If auth does
   * not answer in time, the outbox delivers it.
   */
  async deliverNow(revocation: UserRevocation): Promise<void> {
    await Promise.race([deliverTo(this.auth, revocation).catch(() => undefined), setTimeout(PATIENCE_MS, undefined, { ref: false })]);
  }
}

const deliverTo = (auth: Client<typeof AuthService>, { cause, ...rest }: UserRevocation) =>
  auth.revokeUser({ ...rest, cause: RevocationCause[cause] });
