import type { Person, System } from '@reputable/dev';
import { query } from '@reputable/testing';
import { hash, randomBytes } from 'node:crypto';

/** How long the tokens of the sessions live, in seconds. */
const LIFETIME_S = 3_600;

const ACCOUNTS = `
  INSERT INTO account (id, state) SELECT uuidv7(), 'active' FROM generate_series(1, $1::int) RETURNING id`;

const PROFILES = `
  INSERT INTO profile (id, display_name) SELECT id, 'Somebody' FROM unnest($1::uuid[]) AS account (id)`;

const SESSIONS = `
  INSERT INTO session (id, account_id, client_id, device, expires_at)
  SELECT uuidv7(), id, 'first-party', 'A device', now() + make_interval(secs => $2) FROM unnest($1::uuid[]) AS account (id)
  RETURNING id, account_id AS "accountId"`;

/** Each token is like the one with the hash $4, but of another session. */
const TOKENS = `
  INSERT INTO oauth_record (model, hash, payload, grant_id, expires_at)
  SELECT model, decode(token.hash, 'hex'),
    payload || jsonb_build_object('accountId', account, 'grantId', session, 'exp', floor(extract(epoch FROM now())) + $5),
    session, now() + make_interval(secs => $5)
  FROM oauth_record AS sample, unnest($1::text[], $2::uuid[], $3::uuid[]) AS token (hash, account, session)
  WHERE sample.model = 'AccessToken' AND sample.hash = decode($4, 'hex')`;

/** Begins sessions of as many new users, by rows like those of a person's session. Returns their access tokens. */
export async function insertSessions({ databaseUrl }: Pick<System, 'databaseUrl'>, person: Person, count: number): Promise<string[]> {
  const [auth, user] = [databaseUrl('auth'), databaseUrl('user')];
  const accounts = (await query<{ id: string }>(auth, ACCOUNTS, [count])).map(({ id }) => id);
  await query(user, PROFILES, [accounts]);
  const sessions = await query<{ id: string; accountId: string }>(auth, SESSIONS, [accounts, LIFETIME_S]);
  const tokens = sessions.map(() => randomBytes(32).toString('base64url'));
  await query(auth, TOKENS, [
    tokens.map(hashOf),
    sessions.map(({ accountId }) => accountId),
    sessions.map(({ id }) => id),
    hashOf(person.token),
    LIFETIME_S,
  ]);
  // Otherwise PostgreSQL does it during the measurement.
  for (const url of [auth, user]) await query(url, 'VACUUM ANALYZE');
  return tokens;
}

const hashOf = (token: string) => hash('sha256', token, 'hex');
