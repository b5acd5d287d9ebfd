import { expect, it } from '@jest/globals';
import { createTestDatabase, query } from '@reputable/testing';
import { epochMs } from './epoch.ts';

it('equals the milliseconds of a Date, for any time', async () => {
  const url = await createTestDatabase('epoch');
  const rows = await query<{ ms: number; date: Date }>(
    url,
    `SELECT ${epochMs('at')} AS ms, at AS date FROM (
      SELECT '2026-11-29T12:34:56Z'::timestamptz + n * interval '0.333333 s' FROM generate_series(1, 5000) n
      UNION ALL SELECT '1969-12-31T23:59:59.999Z' UNION ALL SELECT '2026-11-29T12:34:56.000999Z' UNION ALL SELECT '2099-01-01T00:00:00.001Z'
    ) times (at)`,
  );
  expect(rows.map(({ ms }) => ms)).toEqual(rows.map(({ date }) => date.getTime()));
});
