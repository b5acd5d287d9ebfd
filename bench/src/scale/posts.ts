import { query } from '@reputable/testing';
import { saveFigures } from '../figures.ts';
import { reputableSide } from '../side.ts';
import { figure } from '../table.ts';
import { memoryOf } from '../usage.ts';
import { type Axis, cpuAt, type Duration } from './axis.ts';
import { type ScaleSystem, withSystem } from './scale-system.ts';

/** The number of users and of posts. */
const MANY = 1_000_000;

const COMMENTS = 300_000;

/** Older rows of other users, which the queries do not return. */
const ROWS = {
  user: `INSERT INTO profile (id, display_name) SELECT uuidv7(interval '-1 day'), 'User ' || n FROM generate_series(1, ${MANY}) AS n`,
  post: `
    INSERT INTO post (id, author_id, title, body, score, created_at, updated_at)
    SELECT uuidv7(interval '-1 day'), uuidv7(), 'Post ' || n, repeat('Lorem ipsum ', 20), n, now(), now() FROM generate_series(1, ${MANY}) AS n`,
  comment: `
    INSERT INTO comment (id, post_id, author_id, body, score, created_at, updated_at)
    SELECT uuidv7(interval '-1 day'), uuidv7(), uuidv7(), 'Comment ' || n, 0, now(), now() FROM generate_series(1, ${COMMENTS}) AS n`,
} as const;

const TABLES = { profile: 'user', post: 'post', comment: 'comment' } as const;

/** The cost with 1,000 posts and users, then with a million more. */
export const posts = (duration: Duration, write: boolean): Promise<Axis> =>
  withSystem(async ({ system, person }) => {
    const side = reputableSide(system, person);
    const few = await cpuAt(side, ['flat', 'nested'], duration);
    const before = await sizesOf(system);
    await Promise.all(
      Object.entries(ROWS).map(async ([service, sql]) => {
        await query(system.databaseUrl(service as keyof typeof ROWS), sql);
        await query(system.databaseUrl(service as keyof typeof ROWS), 'VACUUM ANALYZE');
      }),
    );
    const after = await sizesOf(system);
    const many = await cpuAt(side, ['flat', 'nested'], duration);
    const rowBytes = {
      profile: (after.profile - before.profile) / MANY,
      post: (after.post - before.post) / MANY,
      comment: (after.comment - before.comment) / COMMENTS,
    };
    if (write) await saveFigures('posts', { memoryMb: await memoryOf(system.processes), rowBytes });
    return {
      points: [
        { size: '1,000 posts and users', cpuUs: few },
        { size: `${figure(MANY)} posts and users`, cpuUs: many },
      ],
      further: Object.entries(rowBytes).map(([table, bytes]) => [`a row of ${table} with its indexes`, `${figure(bytes)} bytes`] as const),
    };
  });

/** The size of each table with its indexes, in bytes. */
async function sizesOf({ databaseUrl }: ScaleSystem['system']): Promise<Record<keyof typeof TABLES, number>> {
  const sizes = Object.entries(TABLES).map(async ([table, service]) => {
    const [row] = await query<{ bytes: string }>(databaseUrl(service), 'SELECT pg_total_relation_size($1::regclass) AS bytes', [table]);
    return [table, Number(row?.bytes)] as const;
  });
  return Object.fromEntries(await Promise.all(sizes)) as Record<keyof typeof TABLES, number>;
}
