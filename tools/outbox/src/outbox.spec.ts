import { beforeAll, describe, expect, it } from '@jest/globals';
import { dataSourceOptions, Outbox } from '@reputable/database';
import { Code, DomainError } from '@reputable/errors';
import { createTestDatabase, eventually } from '@reputable/testing';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { findDatabases } from './databases.ts';
import { drop, list, retry, textOf } from './dead-letters.ts';

let databases: Readonly<Record<string, string>>;
const delivered: number[] = [];
let refuses = true;

beforeAll(async () => {
  databases = { post: await createTestDatabase('dead_letters') };
});

/** Runs `work` while an outbox delivers two events, which its receiver refuses. */
async function withDeadLetters(work: () => Promise<void>): Promise<void> {
  const dataSource = await new DataSource(dataSourceOptions({ url: databases.post ?? '', entities: [], migrations: [] })).initialize();
  const deliver = async (events: { n: number }[]) => {
    if (refuses) throw new DomainError(Code.INVALID_ARGUMENT, 'INVALID_FIELD', 'events[0].kind: Must be one of the kinds.');
    delivered.push(...events.map(({ n }) => n));
    await Promise.resolve();
  };
  const outbox = new Outbox<{ n: number }>({ dataSource, queue: 'numbers', deliver, maxRefusals: 1 });
  await outbox.onApplicationBootstrap();
  await outbox.add(dataSource.manager, [{ n: 1 }, { n: 2 }]);
  await eventually(async () => {
    expect(await list(databases)).toHaveLength(2);
  });
  await work().finally(() => outbox.onApplicationShutdown());
  await dataSource.destroy();
}

describe('npm run outbox', () => {
  it('lists dead letters, drops one, and retries the others', async () => {
    await withDeadLetters(async () => {
      const found = await list(databases);
      const first = found.find(({ event }) => (event as { n: number }).n === 1);
      expect(first).toMatchObject({ database: 'post', queue: 'numbers', tries: 1, reason: 'events[0].kind: Must be one of the kinds.' });
      expect(textOf(found)).toMatch(
        /^[\da-f-]{36} {2}post, queue numbers\n {2}added .*Z\n {2}refused .*Z, after 1 try\n {2}reason .*\n {2}event .*"n":/,
      );
      const drops = await Promise.allSettled([drop(databases, first?.id ?? ''), drop(databases, first?.id ?? '')]);
      expect(drops.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(drops.find(({ status }) => status === 'fulfilled')).toMatchObject({ value: { event: { n: 1 } } });
      refuses = false;
      expect(await retry(databases, undefined)).toBe(1);
      await eventually(() => {
        expect(delivered).toEqual([2]);
      });
      expect(textOf(await list(databases))).toBe('No dead letters.\n');
    });
  });

  it('names a dead letter that does not exist, and a database without an outbox', async () => {
    const missing = '00000000-0000-4000-8000-000000000000';
    await expect(drop(databases, missing)).rejects.toThrow(`No dead letter has the id ${missing}. Run npm run outbox -- list to see them.`);
    await expect(list({ post: await createTestDatabase('no_outbox') })).rejects.toThrow('Cannot read the outbox in the database post: ');
    await expect(list({ post: 'postgres://post@localhost:1/post' })).rejects.toThrow(
      /^Cannot read .* post: .*ECONNREFUSED.* Run npm start/,
    );
  });

  it('finds the database of DATABASE_URL, or those of a running system', async () => {
    expect(await findDatabases({ DATABASE_URL: 'postgres://a@localhost/post' })).toEqual({ post: 'postgres://a@localhost/post' });
    await expect(findDatabases({ DATABASE_URL: 'post' })).rejects.toThrow('DATABASE_URL must be a PostgreSQL URL');
    const folder = await mkdtemp(join(tmpdir(), 'outbox-spec-'));
    await expect(findDatabases({ REPUTABLE_DATA: folder })).rejects.toThrow('Run npm start, or set DATABASE_URL');
    await mkdir(join(folder, 'secrets'));
    await writeFile(join(folder, 'secrets/databases.json'), JSON.stringify(databases));
    expect(await findDatabases({ REPUTABLE_DATA: folder })).toEqual(databases);
    await rm(folder, { recursive: true });
  });
});
