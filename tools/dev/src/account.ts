import { hash } from '@node-rs/argon2';
import { query } from '@reputable/postgres';

/** The account to create. */
export interface NewAccount {
  readonly email: string;
  readonly password: string;
  readonly displayName: string;
  /** Whether the address is verified. False unless given. */
  readonly isVerified?: boolean;
}

/** The URLs of the databases of auth and user. */
export interface AccountDatabases {
  readonly auth: string;
  readonly user: string;
}

/** The parameters of auth's passwords. */
const ARGON2ID = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** The hashes of this process: most accounts for development and tests have the same password. */
const hashes = new Map<string, Promise<string>>();

const hashOf = (password: string): Promise<string> => {
  const hashed = hashes.get(password) ?? hash(password, ARGON2ID);
  hashes.set(password, hashed);
  return hashed;
};

const ACCOUNT = `
  INSERT INTO account (id, email, password_hash, state, email_verified_at)
  VALUES (uuidv7(), $1, $2, 'active', CASE WHEN $3::boolean THEN now() END)
  ON CONFLICT (email) DO UPDATE SET email = EXCLUDED.email RETURNING id`;

const PROFILE = 'INSERT INTO profile (id, display_name) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING';

/**
 * Creates an account and its profile in the databases, without the mail of a registration. If the address has an account, nothing changes.
 *
 * @returns the id of the account
 */
export async function createAccount(
  databases: AccountDatabases,
  { email, password, displayName, isVerified = false }: NewAccount,
): Promise<string> {
  const [{ id } = { id: '' }] = await query<{ id: string }>(databases.auth, ACCOUNT, [email, await hashOf(password), isVerified]);
  await query(databases.user, PROFILE, [id, displayName]);
  return id;
}

const LINK = `
  INSERT INTO linked_log_in (id, account_id, issuer, subject)
  SELECT uuidv7(), id, $2, $3 FROM account WHERE email = $1 ON CONFLICT DO NOTHING`;

/** Links an account to a user at an issuer, in the database of auth. If one of the two is linked, nothing changes. */
export const linkAccount = (databaseUrl: string, email: string, user: { readonly issuer: string; readonly subject: string }) =>
  query(databaseUrl, LINK, [email, user.issuer, user.subject]);
