import { Injectable } from '@nestjs/common';
import { type Client, InjectClient } from '@reputable/auth';
import { AuthService, RevocationCause } from '@reputable/contracts/auth/v1/auth';
import { newId, Outbox } from '@reputable/database';
import { DataSource } from 'typeorm';

/** Why the tokens of a user are no longer good. */
export type Cause = Exclude<keyof typeof RevocationCause, 'UNSPECIFIED'>;

/** The tokens of a user are to be revoked: so it waits in the outbox. */
export type UserRevocation = { id: string; userId: string; cause: Cause };

/** All tokens that the user has now are to be revoked. */
export const revocationOf = (userId: string, cause: Cause): UserRevocation => ({ id: newId(), userId, cause });

/** Has the auth service revoke the tokens of users who may no longer do what those say. It counts each revocation once. */
@Injectable()
export class RevocationOutbox extends Outbox<UserRevocation> {
  constructor(dataSource: DataSource, @InjectClient(AuthService) auth: Client<typeof AuthService>) {
    const deliver = async (revocations: UserRevocation[]) => {
      await Promise.all(revocations.map(({ cause, ...rest }) => auth.revokeUser({ ...rest, cause: RevocationCause[cause] })));
    };
    super({ dataSource, queue: 'revocation', deliver });
  }
}
