import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createTestDatabase, query } from '@reputable/testing';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { dataSourceOptions } from './data-source.ts';
import { select } from './select.ts';

let url: string;
let dataSource: DataSource | undefined;

beforeEach(async () => {
  await dataSource?.destroy();
  url = await createTestDatabase('prepared');
  await query(url, 'CREATE TABLE thing (id int PRIMARY KEY, name text)');
  await query(url, "INSERT INTO thing SELECT n, 'thing ' || n FROM generate_series(1, 3) n");
  const options = dataSourceOptions({ url, entities: [], migrations: [] }) as DataSourceOptions & { type: 'postgres' };
  // One connection, so that every statement runs where the one before was prepared.
  dataSource = await new DataSource({ ...options, extra: { ...(options.extra as object), max: 1 } }).initialize();
});
afterAll(() => dataSource?.destroy());

const open = () => dataSource as DataSource;
const BY_ID = 'SELECT id, name FROM thing WHERE id = $1';
const prepared = () =>
  open().query<{ name: string; statement: string; generic_plans: number; custom_plans: number }[]>(
    'SELECT name, statement, generic_plans::int, custom_plans::int FROM pg_prepared_statements',
  );

describe('a statement with parameters', () => {
  it('is prepared once a connection, with a generic plan, by TypeORM as by select()', async () => {
    for (const id of [1, 2]) {
      expect(await select(open(), BY_ID, [id])).toEqual([{ id, name: `thing ${String(id)}` }]);
      expect(await open().query(BY_ID, [id])).toEqual([{ id, name: `thing ${String(id)}` }]);
    }
    expect(await prepared()).toEqual([
      { name: expect.stringMatching(/^[0-9a-f]{32}$/), statement: BY_ID, generic_plans: 4, custom_plans: 0 },
    ]);
  });

  it('is prepared within a transaction, too', async () => {
    await open().transaction(async (tx) => {
      await tx.query('UPDATE thing SET name = $2 WHERE id = $1', [1, 'renamed']);
    });
    expect(await select(open(), BY_ID, [1])).toEqual([{ id: 1, name: 'renamed' }]);
    expect(await prepared()).toHaveLength(2);
  });

  it('can be run again after it failed', async () => {
    const DIVIDE = 'SELECT 6 / $1::int AS result';
    await expect(open().query(DIVIDE, [0])).rejects.toThrow('division by zero');
    expect(await open().query(DIVIDE, [2])).toEqual([{ result: 3 }]);
  });

  it.each(['TypeORM', 'select()'])(
    'fails once a connection, and not again, after a migration changed the type of a column: %s',
    async (by) => {
      const run = (id: number) => (by === 'TypeORM' ? open().query<object[]>(BY_ID, [id]) : select(open(), BY_ID, [id]));
      await run(1);
      await query(url, 'ALTER TABLE thing ALTER id TYPE bigint');
      await expect(run(2)).rejects.toThrow('cached plan must not change result type');
      expect(await run(3)).toEqual([{ id: '3', name: 'thing 3' }]);
    },
  );

  it('keeps its plan after a migration added a column', async () => {
    await select(open(), BY_ID, [1]);
    await query(url, 'ALTER TABLE thing ADD COLUMN color text');
    expect(await select(open(), BY_ID, [2])).toEqual([{ id: 2, name: 'thing 2' }]);
  });

  it('runs unprepared once a process has prepared 200 others', async () => {
    for (let n = 0; n < 300; n += 1) await open().query(`SELECT $1::int + ${String(n)} AS sum`, [1]);
    expect((await prepared()).length).toBeLessThanOrEqual(200);
    expect(await open().query('SELECT $1::int + 299 AS sum', [1])).toEqual([{ sum: 300 }]);
  });
});
