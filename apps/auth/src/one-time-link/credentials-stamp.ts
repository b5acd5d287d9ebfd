import type { Account } from '../account/account.entity.ts';
import { hashOf } from '../secret/secret-hash.ts';

/** A text that changes with the account's address and password, and reveals neither. A request in the outbox that has it ends with them. */
export const credentialsStamp = ({ email, passwordHash }: Pick<Account, 'email' | 'passwordHash'>): string =>
  hashOf(`${email ?? ''} ${passwordHash ?? ''}`).toString('base64url');
