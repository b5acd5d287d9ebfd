import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { query } from './client.ts';
import { type Postgres, type PostgresOptions, startPostgres } from './server.ts';

let dir: string;
/** A folder with data, to copy for tests that need any. To create one takes a second of CPU time. */
let filled: string;
const running: Postgres[] = [];

async function start(options: PostgresOptions = { dir }): Promise<Postgres> {
  const postgres = await startPostgres({ fast: true, ...options });
  running.push(postgres);
  return postgres;
}

const postmasterOf = async ({ home }: { home: string }) => Number.parseInt(await readFile(join(home, 'data/postmaster.pid'), 'utf8'), 10);
/** The server removes its pid file last. The process may be there a little longer, until somebody asks how it ended. */
async function stopped({ home }: { home: string }): Promise<void> {
  while (await stat(join(home, 'data/postmaster.pid')).catch(() => undefined)) await sleep(20);
}

/** A program of its own that starts a server and goes on: something to kill. */
async function startElsewhere(options: PostgresOptions): Promise<{ program: ChildProcess; home: string; url: string }> {
  const program = fork(join(import.meta.dirname, 'fixture/keep-running.ts'), [JSON.stringify({ fast: true, ...options })], {
    execArgv: ['--import', '@reputable/run'],
  });
  const [started] = (await once(program, 'message')) as [{ home: string; url: string }];
  return { program, ...started };
}

async function kill(program: ChildProcess): Promise<void> {
  program.kill('SIGKILL');
  await once(program, 'exit');
}

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'postgres-spec-'));
  // Passable for the user that runs the server when the tests are run by root.
  await chmod(folder, 0o711);
  return folder;
}

const fill = (folder: string) => promisify(execFile)('cp', ['-a', `${filled}/.`, folder]);

beforeAll(async () => {
  filled = await aFolder();
  await (await startPostgres({ dir: filled, fast: true })).stop();
});
afterAll(() => rm(filled, { recursive: true }));
beforeEach(async () => {
  dir = await aFolder();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((postgres) => postgres.stop({ force: true })));
  await rm(dir, { recursive: true, force: true });
});

describe('the server', () => {
  it('is PostgreSQL 18 and keeps its data', async () => {
    const first = await start();
    const url = await first.createDatabase('post');
    await query(url, 'CREATE TABLE kept AS SELECT 1 AS n');
    await first.stop();
    const second = await start();
    expect(await query(await second.createDatabase('post'), 'SELECT n, current_setting($$server_version$$) AS v FROM kept')).toEqual([
      { n: 1, v: expect.stringMatching(/^18\./) },
    ]);
  });

  it('removes its data in the end if it was given no folder', async () => {
    const postgres = await start({});
    expect(await readdir(postgres.home)).toContain('data');
    await postgres.stop();
    await expect(stat(postgres.home)).rejects.toThrow('ENOENT');
  });

  it('listens to this machine only, by password, which nobody else can read', async () => {
    const { url } = await start();
    expect(await query(url, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
    await expect(query(url.replace(/:[^:@]+@/, ':guess@'), 'SELECT')).rejects.toThrow('password authentication failed');
    expect((await stat(join(dir, 'password'))).mode & 0o777).toBe(0o600);
  });

  it('sorts and folds case the same everywhere', async () => {
    await fill(dir);
    const { url } = await start();
    expect(await query(url, "SELECT upper('être') AS up, 'b' > 'A' AS bytes")).toEqual([{ up: 'ÊTRE', bytes: true }]);
  });

  it('says so when it ends by itself', async () => {
    const crash = Promise.withResolvers<Error>();
    await fill(dir);
    const postgres = await start({ dir, onCrash: crash.resolve });
    process.kill(await postmasterOf(postgres), 'SIGKILL');
    expect((await crash.promise).message).toBe('PostgreSQL ended unexpectedly (SIGKILL).');
  });
});

describe('the role of a service', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres({ fast: true });
  });
  afterAll(() => postgres.stop());

  it('reaches its own database and no other', async () => {
    const [post, user] = [await postgres.createDatabase('post'), await postgres.createDatabase('user')];
    expect(await query(post, 'SELECT current_user AS u, current_database() AS d')).toEqual([{ u: 'post', d: 'post' }]);
    for (const other of ['user', 'postgres', 'template1']) {
      await expect(query(Object.assign(new URL(post), { pathname: `/${other}` }).href, 'SELECT')).rejects.toThrow(
        'permission denied for database',
      );
    }
    await expect(query(user, 'CREATE DATABASE mine')).rejects.toThrow('permission denied');
    await expect(query(user, 'CREATE ROLE friend')).rejects.toThrow('permission denied');
    await expect(query(user, "COPY (SELECT 1) TO PROGRAM 'true'")).rejects.toThrow('permission denied');
  });

  it('may do in its database what migrations need', async () => {
    const url = await postgres.createDatabase('comment');
    await query(url, 'CREATE SCHEMA jobs; CREATE TABLE jobs.job (id uuid PRIMARY KEY DEFAULT gen_random_uuid())');
    expect(await query(url, 'SELECT FROM jobs.job')).toEqual([]);
  });

  it('can be made for many at a time', async () => {
    const urls = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => postgres.createDatabase(name)));
    await expect(Promise.all(urls.map((url) => query(url, 'SELECT')))).resolves.toHaveLength(5);
  });
});

describe('after a run that was killed', () => {
  it('the server stops with it', async () => {
    await fill(dir);
    const { program, ...started } = await startElsewhere({ dir });
    await kill(program);
    await stopped(started);
    await expect(query(started.url, 'SELECT')).rejects.toThrow('ECONNREFUSED');
  });

  it('a temporary folder goes with it', async () => {
    const { program, home } = await startElsewhere({});
    await kill(program);
    while (await stat(home).catch(() => undefined)) await sleep(20);
  });

  it('a server that is still there is stopped, and the data are there', async () => {
    await fill(dir);
    const { program, ...started } = await startElsewhere({ dir });
    await query(started.url, 'CREATE TABLE kept ()');
    const pid = await postmasterOf(started);
    // Held, the server cannot follow its program at once: this is what we would meet if there were no watchdog.
    process.kill(pid, 'SIGSTOP');
    await kill(program);
    const lines: string[] = [];
    const next = start({ dir, log: (line) => lines.push(line) });
    while (lines.length === 0) await sleep(20);
    process.kill(pid, 'SIGCONT');
    expect(await query((await next).url, 'SELECT FROM kept')).toEqual([]);
    expect(lines.join()).toContain(`process ${String(pid)}, which an earlier run left running`);
    expect(await postmasterOf(await next)).not.toBe(pid);
    await expect(query(started.url, 'SELECT')).rejects.toThrow('ECONNREFUSED');
  });

  it.each([
    ['nobody', 2 ** 22 + 1],
    ['somebody else', process.pid],
  ])('a pid file that names %s is no hindrance', async (_, pid) => {
    await fill(dir);
    const first = await start();
    process.kill(await postmasterOf(first), 'SIGKILL');
    await first.stop();
    const file = join(first.home, 'data/postmaster.pid');
    await writeFile(file, (await readFile(file, 'utf8')).replace(/^\d+/, String(pid)));
    await expect(query((await start()).url, 'SELECT')).resolves.toHaveLength(1);
  });

  it('a data folder that was never finished is made again', async () => {
    await mkdir(join(dir, 'draft/base'), { recursive: true });
    await writeFile(join(dir, 'password'), 'of the run before');
    await expect(query((await start()).url, 'SELECT')).resolves.toHaveLength(1);
  });
});

describe('a data folder that is broken', () => {
  let kept: string;
  beforeAll(async () => {
    kept = await aFolder();
    await fill(kept);
  });
  afterAll(() => rm(kept, { recursive: true }));

  it.each([
    ['data/PG_VERSION', undefined, /is not a data folder of PostgreSQL: PG_VERSION is missing. Delete .*\/data to start with an empty one/],
    ['data/PG_VERSION', '17\n', /belongs to PostgreSQL 17; this is PostgreSQL 18./],
    ['data/global/pg_control', undefined, /^PostgreSQL does not start in .*\/data: .*pg_control/],
    ['password', 'another', /^Cannot log in to PostgreSQL in .*\/data: password authentication failed/],
    ['password', undefined, /password is missing\. Delete /],
  ])('says in one line what is wrong with it: %s, %s', async (name, content, line) => {
    const path = join(kept, name);
    await rename(path, `${path}.whole`);
    if (content) await writeFile(path, content);
    await expect(start({ dir: kept })).rejects.toThrow(line);
    await rename(`${path}.whole`, path);
  });

  it('says that a file is where the folder should be', async () => {
    await writeFile(join(dir, 'file'), '');
    await expect(start({ dir: join(dir, 'file') })).rejects.toThrow(`PostgreSQL cannot keep its data in ${dir}/file: `);
  });
});
