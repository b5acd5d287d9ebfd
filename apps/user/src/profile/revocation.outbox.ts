import { Injectable } from '@nestjs/common';
import { type Client, InjectClient } from '@reputable/auth';
import { AuthService, RevocationCause } from '@reputable/contracts/auth/v1/auth';
import { newId, Outbox } from '@reputable/database';
import { DataSource } from 'typeorm';

/** The cause of a revocation. */
export type Cause = Exclude<keyof typeof RevocationCause, 'UNSPECIFIED'>;

/** A revocation of a user's tokens, as the outbox stores it. */
export type UserRevocation = { id: string; userId: string; cause: Cause };

/** A revocation of all current tokens of a user. */
export const revocationOf = (userId: string, cause: Cause): UserRevocation => ({ id: newId(), userId, cause });

/** Delivers revocations to the auth service, which applies each one once. */
@Injectable()
export class RevocationOutbox extends Outbox<UserRevocation> {
  constructor(dataSource: DataSource, @InjectClient(AuthService) auth: Client<typeof AuthService>) {
    const deliver = async (revocations: UserRevocation[]) => {
      await Promise.all(revocations.map(({ cause, ...rest }) => auth.revokeUser({ ...rest, cause: RevocationCause[cause] })));
    };
    super({ dataSource, queue: 'revocation', deliver });
  }
}
