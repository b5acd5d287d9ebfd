import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { newId } from '@reputable/database';
import { eventually, query } from '@reputable/testing';
import { aPerson, type AuthWorld, startOtherAuth } from '../auth.fixture.ts';

let running: AuthWorld;

beforeAll(async () => {
  running = await startOtherAuth();
});
afterAll(async () => {
  await running.auth.stop();
});

/** By table: the SQL that inserts a row which expired `age` ago. */
const rows: Readonly<Record<string, (age: string) => string>> = {
  session: (age) => `INSERT INTO session (id, account_id, client_id, device, expires_at)
    SELECT '${newId()}', id, 'first-party', '', now() - interval '${age}' FROM account`,
  browser_session: (age) => `INSERT INTO browser_session (id_hash, sealed, expires_at)
    VALUES (sha256('${age}'), '', now() - interval '${age}')`,
  revocation: (age) => `INSERT INTO revocation (id, subject_kind, subject_id, issued_before, expires_at)
    VALUES ('${newId()}', 'user', '${newId()}', now(), now() - interval '1 hour' - interval '${age}')`,
  attempt: (age) => `INSERT INTO attempt (key, expire) VALUES ('${age}', extract(epoch FROM now() - interval '${age}') * 1000)`,
  known_address: (age) => `INSERT INTO known_address (key, logged_in_at) VALUES ('${age}', now() - interval '30 days' - interval '${age}')`,
  one_time_link: (age) => `INSERT INTO one_time_link (id, purpose, token_hash, account_id, email, expires_at)
    SELECT '${newId()}', 'verify_email', sha256('${age}'), id, email, now() - interval '${age}' FROM account`,
  registration: (age) => `INSERT INTO registration (id, email, password_hash, display_name, expires_at)
    VALUES ('${newId()}', 'somebody@example.com', '', '', now() - interval '${age}')`,
  issuer_log_out: (age) => `INSERT INTO issuer_log_out (id, issuer, sid, ended_at)
    VALUES ('${newId()}', '', '', now() - interval '25 hours' - interval '${age}')`,
  oauth_record: (age) => `INSERT INTO oauth_record (model, hash, payload, expires_at)
    VALUES ('AccessToken', '${age}', '{}', now() - interval '1 hour' - interval '${age}')`,
};

it('expired rows are deleted, and no others', async () => {
  const database = running.auth.databaseUrl;
  const count = async () => {
    const counts = Object.keys(rows).map((table) => `(SELECT count(*)::int FROM ${table}) AS ${table}`);
    return (await query<Record<string, number>>(database, `SELECT ${counts.join()}`))[0];
  };
  await running.join(aPerson());
  const before = await count();
  for (const insert of Object.values(rows)) {
    await query(database, insert('1 minute'));
    await query(database, insert('-10 minutes'));
  }
  // More than one statement deletes.
  await query(database, "INSERT INTO attempt (key, expire) SELECT 'old ' || n, 0 FROM generate_series(1, 12000) n");

  running.auth = await running.world.restart(running.auth);

  await eventually(async () => {
    expect(await count()).toEqual(Object.fromEntries(Object.entries(before ?? {}).map(([table, rows]) => [table, rows + 1])));
  });
});
