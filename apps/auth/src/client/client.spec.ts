import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { denied, query } from '@reputable/testing';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { compiledCommand, expectAudited, sharedAuthWorld } from '../auth.fixture.ts';
import { basic, type OAuthWorld, openOAuthWorld } from '../oauth.fixture.ts';

let running: OAuthWorld;

beforeAll(async () => {
  running = await openOAuthWorld(await sharedAuthWorld());
});
afterAll(async () => {
  await running.end();
});

const CLI = compiledCommand('clients');

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function clients(...args: string[]): Promise<Outcome> {
  const env = {
    DATABASE_URL: running.auth.databaseUrl,
    KEY_ENCRYPTION_KEY: running.auth.settings['KEY_ENCRYPTION_KEY'] ?? '',
    REPUTABLE_DATA: running.world.folder,
  };
  const done = promisify(execFile)(process.execPath, [...CLI, ...args], { env });
  return done.then((output) => ({ code: 0, ...output })).catch((error: unknown) => error as Outcome);
}

const REDIRECT = ['--name', 'Weekly Digest', '--redirect-uri'];

describe('npm run clients', () => {
  it('registers a client, prints its secret once and stores only the hash', async () => {
    const { code, stdout } = await clients(
      'add',
      ...REDIRECT,
      'https://digest.example/callback',
      '--scope',
      'openid profile posts:read votes:write',
    );
    expect(code).toBe(0);
    const [, id = '', secret = ''] = /^client_id +(\S+)\nclient_secret +([\w-]{43})\n$/.exec(stdout) ?? [];
    await expectAudited(running, 'client_registered', { client_id: id, actor_type: 'operator', kind: 'confidential' });
    const { stdout: listed } = await clients('list');
    expect(listed).toMatch(
      new RegExp(
        `^${id}  \\S+  confidential  Weekly Digest  \\[openid profile posts:read votes:write\\]  https://digest.example/callback$`,
        'm',
      ),
    );
    const [row] = await query<{ metadata: object }>(running.auth.databaseUrl, 'SELECT metadata FROM oauth_client WHERE id = $1', [id]);
    expect(JSON.stringify(row) + listed).not.toContain(secret);
    expect((await running.post('/token', { grant_type: 'authorization_code' }, basic({ id, secret }))).body.error).toBe('invalid_request');
  });

  it('runs the command in docs/oauth.md', async () => {
    const doc = await readFile(join(import.meta.dirname, '../../../../docs/oauth.md'), 'utf8');
    const [, options = ''] = /^npm run clients -- (add .*)$/m.exec(doc) ?? [];
    const args = [...options.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word);
    expect(await clients(...args)).toMatchObject({ code: 0, stdout: expect.stringContaining('client_secret') });
  });

  it('removes a client and invalidates all its tokens', async () => {
    const app = await running.application();
    const [browser, person] = [running.browser(), await running.person()];
    const tokens = await app.logIn(browser, person);
    expect((await clients('remove', app.id)).stdout).toBe(`Removed client ${app.id}. Ended sessions: 1.\n`);
    await expectAudited(running, 'client_removed', { client_id: app.id, actor_type: 'operator' });
    await expectAudited(running, 'session_revoked', { client_id: app.id, actor_type: 'operator', reason: 'client_removed' });
    await expect(running.exchange(tokens.access_token)).rejects.toMatchObject(denied('TOKEN_INVALID'));
    const form = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token ?? '' };
    expect(await running.post('/token', form, basic(app))).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    expect(await browser.open((await app.begin()).url)).toMatchObject({ status: 400, title: 'This did not work – Reputable' });
    expect((await running.sessionsOf(app.id)).map(({ end_reason }) => end_reason)).toEqual(['client_removed']);
    expect(await clients('remove', app.id)).toMatchObject({ code: 1, stderr: `Client ${app.id} does not exist.\n` });
  });

  it.each([
    [['turn'], 2, 'Unknown command: turn'],
    [['remove'], 2, 'Missing client id. Run `list` to see the ids.'],
    [['add', '--redirect-uri', 'https://a.example/'], 2, 'Invalid --name. Must have 1 to 60 characters.'],
    [['add', '--name', 'Digest\u202E'], 2, 'Invalid --name. Must not contain invisible characters'],
    [['add', '--name', 'x', '--public', '--machine'], 2, '--public and --machine exclude each other.'],
    [['add', '--name', 'x'], 1, 'A client with users needs a redirect URI.'],
  ])('answers %p with an error in one line', async (args, code, says) => {
    const outcome = await clients(...args);
    expect(outcome).toMatchObject({ code, stderr: expect.stringContaining(says) });
    expect(outcome.stderr.trim().split('\n')).toHaveLength(1);
  });

  it('prints its help', async () => {
    expect(await clients('--help')).toMatchObject({ code: 0, stdout: expect.stringContaining('remove <id>') });
  });
});
