import type { DatabaseSchema } from '@reputable/database';
import { Account } from './account/account.entity.ts';
import { SigningKey } from './key/signing-key.entity.ts';
import { CreateAccounts1763700000000 } from './migrations/1763700000000-create-accounts.ts';
import { CreateSigningKeys1763700000001 } from './migrations/1763700000001-create-signing-keys.ts';
import { CreateRevocations1763700000002 } from './migrations/1763700000002-create-revocations.ts';
import { RefreshToken } from './session/refresh-token.entity.ts';
import { Session } from './session/session.entity.ts';

/** What the service keeps, and how its tables came to be. */
export const schema: DatabaseSchema = {
  entities: [Account, Session, RefreshToken, SigningKey],
  migrations: [CreateAccounts1763700000000, CreateSigningKeys1763700000001, CreateRevocations1763700000002],
};
