import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { registry, type ServiceName } from '@reputable/contracts/registry';
import { Person, startSystem, type System } from '@reputable/dev';
import { denied, eventually, OwnPostgres, PATIENT, query, Relay, TokenProbe } from '@reputable/testing';
import { decodeProtectedHeader } from 'jose';
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { everywhere } from './outcome.ts';

const DATABASES = registry.flatMap(({ name, database }) => (database ? [name] : []));
const RECOVER = join(import.meta.dirname, '../../dist/apps/auth/src/recover.cli.js');
const CONTENT = '{ posts { nodes { title body score author { displayName } comments { nodes { body score author { displayName } } } } } }';

let postgres: OwnPostgres;
/** The services connect to it, so that another server can replace theirs. */
let relay: Relay;
let system: System;
let probe: TokenProbe;
const urls = new Map<ServiceName, string>();
const backups: string[] = [];
const crashes: Error[] = [];
beforeAll(async () => {
  postgres = await OwnPostgres.start();
  relay = await Relay.start(() => postgres.port);
  for (const name of DATABASES) urls.set(name, atPort(await postgres.createDatabase(name), new URL(`postgres://${relay.url}`).port));
  const settings = Object.fromEntries([...urls].map(([name, DATABASE_URL]) => [name, { DATABASE_URL }]));
  const all = { LOG_LEVEL: 'fatal', NODE_ENV: 'production', ...PATIENT };
  system = await startSystem({ env: { all, ...settings }, onCrash: (error) => crashes.push(error) });
  probe = await TokenProbe.open(system);
});
afterAll(async () => {
  probe.close();
  await system.stop();
  relay.down();
  await postgres.stop();
  for (const folder of backups) await rm(folder, { recursive: true, force: true });
  expect(crashes).toEqual([]);
});

const atPort = (url: string, port: number | string) => Object.assign(new URL(url), { port: String(port) }).href;

const databaseUrl = (name: ServiceName) => urls.get(name) ?? '';

/** A new user who is logged in. */
const member = (name: string, joining: Parameters<typeof Person.join>[2] = {}) =>
  Person.join({ urls: system.urls, databaseUrl }, name, joining);

/** Makes a backup while all services run. */
async function backUp(): Promise<string> {
  const folder = await postgres.backUp();
  backups.push(folder);
  return folder;
}

/** The ids of the posts that a user writes, one after the other, until `work` is done. */
async function writtenDuring(work: Promise<unknown>, author: Person): Promise<string[]> {
  const ids: string[] = [];
  const state = { isDone: false };
  const done = work.finally(() => (state.isDone = true));
  while (!state.isDone) ids.push(await author.write('During the backup'));
  await done;
  return ids;
}

/** Revokes all tokens of a user, by a suspension that ends at once. */
async function revokeTokens(id: string, admin: Person): Promise<void> {
  await admin.ask('mutation ($id: ID!) { suspendUser(userId: $id, reason: "Spam.") { suspended } }', { id });
  await admin.ask('mutation ($id: ID!) { reinstateUser(userId: $id) { suspended } }', { id });
}

/** Replaces the server by a new one that starts from a backup. The services cannot connect until {@link reconnect}. */
async function replaceServer(backup: string): Promise<void> {
  relay.down();
  await postgres.stop();
  postgres = await OwnPostgres.start(backup);
}

/** Lets the services connect again, and waits until all of them are ready. */
async function reconnect(): Promise<void> {
  await relay.up();
  await eventually(async () => {
    const answer = await fetch(`http://localhost:${String(system.ports.gateway)}/health/ready`);
    expect(await answer.json()).toMatchObject({ status: 'up' });
  });
}

/** The number of rows of each table, and a hash of them. A physical backup leaves out unlogged tables. */
async function contentsOf(url: string): Promise<object[]> {
  const tables = await query<{ name: string }>(
    url,
    "SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relpersistence = 'p' AND relnamespace = 'public'::regnamespace ORDER BY relname",
  );
  const each = tables.map(
    ({ name }) =>
      `SELECT '${name}' AS name, count(*)::int AS rows, md5(string_agg(t::text, E'\\n' ORDER BY t::text)) AS hash FROM "${name}" t`,
  );
  return query(url, each.join(' UNION ALL '));
}

/** The contents of all databases of the current server, without the relay. */
const contents = () => Promise.all(DATABASES.map((name) => contentsOf(atPort(databaseUrl(name), postgres.port))));

const kidOf = async (token: string) => decodeProtectedHeader(await probe.exchange(token)).kid;

describe('a restore from a physical backup', () => {
  it('has all rows, and sessions and signing keys stay valid', async () => {
    const [ada, carol] = [await member('Ada', { upvotes: 5 }), await member('Carol', { upvotes: 5 })];
    const post = await ada.write('A question');
    const comment = await carol.comment(post, 'An answer');
    await carol.upvote(post);
    await ada.upvoteComment(comment);
    await eventually(async () => {
      expect((await ada.me()).reputation).toBe(61);
      expect((await carol.me()).reputation).toBeGreaterThan(51);
    });
    const [shown, kid] = [await ada.ask(CONTENT), await kidOf(ada.token)];

    const backup = await backUp();
    relay.down();
    const before = await contents();
    await replaceServer(backup);
    expect(await contents()).toEqual(before);
    await reconnect();

    expect(await ada.me()).toMatchObject({ reputation: 61 });
    expect(await ada.ask(CONTENT)).toEqual(shown);
    await ada.refresh();
    expect(await probe.everywhere(ada.token)).toEqual(everywhere('yes'));
    // At its start, auth decrypts the signing keys.
    await system.restart('auth');
    await eventually(() => carol.logIn());
    // The probe's own connection to auth can take a moment longer than the gateway's.
    await eventually(async () => {
      expect(await kidOf(carol.token)).toBe(kid);
    });
    expect(await ada.upvoteComment(comment)).toBe(1);
  });

  it('revives ended sessions and lowers the numbers of revocations, until npm run recover', async () => {
    const [leo, rita, vera] = [await member('Leo'), await member('Rita'), await member('Vera')];
    const admin = await member('Root', { roles: ['ADMIN'] });
    const pending = backUp();
    const posts = await writtenDuring(pending, vera);
    const backup = await pending;
    const used = rita.session;
    await rita.refresh();
    const { session: lost } = rita;
    await leo.ask('mutation { logOut }');
    await expect(leo.refresh()).rejects.toMatchObject(denied('REFRESH_TOKEN_INVALID'));
    // As many revocations of others. PostgreSQL reserves 32 numbers of a sequence at once.
    await query(databaseUrl('auth'), "SELECT nextval('revocation_number') FROM generate_series(1, 100)");
    await revokeTokens(vera.id, admin);
    await vera.logIn();
    expect(await probe.everywhere(vera.token)).toEqual(everywhere('yes'));
    const late = await probe.signed(vera.token);

    await replaceServer(backup);
    await reconnect();
    // The backup has one moment: the posts before it are there, and the posts after it are not.
    const found = await query<{ id: string }>(databaseUrl('post'), 'SELECT id FROM post WHERE id = ANY($1) ORDER BY id', [posts]);
    expect(found.length).toBeGreaterThan(0);
    expect(found.map(({ id }) => id)).toEqual(posts.slice(0, found.length));
    await revokeTokens(vera.id, admin);
    await leo.refresh();
    await expect(rita.refresh()).rejects.toMatchObject(denied('REFRESH_TOKEN_INVALID'));
    rita.session = used;
    await rita.refresh();
    // The services know a revocation of Vera with a number that the restored database has not issued yet.
    await vera.logIn();
    expect(await probe.everywhere(vera.token)).toEqual(everywhere('TOKEN_REVOKED'));
    // The revocation after the restore has a lower number than her last token before it states.
    expect(await probe.show('post', late)).toBe('yes');

    const { KEY_ENCRYPTION_KEY = '' } = system.environment('auth');
    const env = { DATABASE_URL: databaseUrl('auth'), KEY_ENCRYPTION_KEY };
    const { stdout } = await promisify(execFile)(process.execPath, [RECOVER, 'after-restore'], { env });
    expect(stdout).toMatch(/^Ended sessions: \d+\. Replaced signing keys: 2\.\n$/);

    for (const revived of [leo, rita]) {
      expect(await probe.at('gateway', revived.token)).toBe('TOKEN_INVALID');
      await expect(revived.refresh()).rejects.toMatchObject(denied('REFRESH_TOKEN_INVALID'));
    }
    rita.session = lost;
    await expect(rita.refresh()).rejects.toMatchObject(denied('REFRESH_TOKEN_INVALID'));
    // Services fetch the new keys ten seconds after the last fetch for an unknown key, at the latest.
    await eventually(() => vera.logIn());
    await eventually(async () => expect(await probe.everywhere(vera.token)).toEqual(everywhere('yes')));
  });
});
