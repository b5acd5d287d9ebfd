import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type TestService, TestWorld } from '@reputable/testing';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const root = resolve(import.meta.dirname, '../../..');

let world: TestWorld;
let settings: Record<string, string>;
beforeAll(async () => {
  world = await TestWorld.create();
  const { DATABASE_URL = '', ...others } = await world.settings('post');
  const file = join(world.folder, 'database-url');
  await writeFile(file, DATABASE_URL);
  settings = { ...others, USER_URL: 'localhost:1', DATABASE_URL_FILE: file, MIGRATE_AT_START: 'false' };
});
afterAll(async () => {
  await world.end();
});

interface Result {
  readonly code?: number;
  readonly stderr: string;
}

const run = (file: string, args: string[], env: Record<string, string> = {}): Promise<Result> =>
  promisify(execFile)(process.execPath, ['--import', '@reputable/run', join(root, file), ...args], { cwd: root, env }).catch(
    (error: unknown) => error as Result,
  );

/** The environment without DATABASE_URL. */
const start = () => world.startWith('post', settings);

it('a service without its database tries three times to connect, a second apart, and logs each reason', async () => {
  const failed = world.start('post', { DATABASE_URL: 'postgres://localhost:1/none' });
  const log = await failed.then(String, (error: unknown) => (error as Error).message);
  expect(log).toContain('post does not start: connect ECONNREFUSED');
  const attempts = [...log.matchAll(/ - (.+?) +ERROR .* Message: connect ECONNREFUSED.* Retrying \((\d)\)/g)];
  expect(attempts.map(([, , number]) => number)).toEqual(['1', '2', '3']);
  const [first, , last] = attempts.map(([, time = '']) => Date.parse(time));
  expect((last ?? NaN) - (first ?? NaN)).toBeLessThan(5_000);
});

describe('migrations as a separate step', () => {
  it('must have run before the service starts', async () => {
    await expect(start()).rejects.toThrow(
      'post does not start: Migrations are pending and MIGRATE_AT_START is false. Run migrate.ts first.',
    );
  });

  it('print in one line why they failed', async () => {
    const { stderr, code } = await run('apps/post/src/migrate.ts', []);
    expect(stderr).toMatch(/^post is not migrated: DATABASE_URL is missing: .*\n$/);
    expect(code).toBe(1);
  });

  it('run once, and do nothing when repeated', async () => {
    const { DATABASE_URL_FILE = '' } = settings;
    for (let time = 0; time < 2; time += 1) {
      expect(await run('apps/post/src/migrate.ts', [], { DATABASE_URL_FILE })).toMatchObject({ stderr: '' });
    }
  });
});

describe('the health check', () => {
  let post: TestService;
  beforeAll(async () => {
    post = await start();
  });
  const check = (port: number, service: string) => run('libs/service/src/health-check.ts', [String(port), join(world.folder, service)]);

  it("succeeds for a serving service, with the service's own certificate", async () => {
    expect(await check(post.ports.grpc, 'post')).toMatchObject({ stderr: '' });
  });

  it('fails if nothing listens or the certificate is missing', async () => {
    expect(await check(1, 'post')).toMatchObject({ code: 1, stderr: expect.stringContaining('ECONNREFUSED') as unknown });
    expect(await check(post.ports.grpc, 'nobody')).toMatchObject({ code: 1, stderr: expect.stringContaining('ENOENT') as unknown });
  });
});

it('listens on an IPv6 address', async () => {
  const post = await world.startWith('post', { ...settings, HOST: '::1' });
  const socket = connect({ host: '::1', port: post.ports.grpc });
  await once(socket, 'connect');
  socket.destroy();
  await post.stop();
});
