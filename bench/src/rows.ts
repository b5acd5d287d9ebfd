import type { System } from '@reputable/dev';
import { query } from '@reputable/testing';

/** The number of users who write all posts and comments. */
const AUTHORS = 20;

/** How the posts of a system are made. */
export interface Rows {
  /** The number of posts, and of users. */
  readonly posts: number;
  /** How long ago the posts were written, as a PostgreSQL interval. */
  readonly age: string;
  /** The number of comments on ten posts. */
  readonly commentsOnTen: number;
}

/** The rows that the queries read: 1,000 posts with 5 comments each. */
export const FEW: Rows = { posts: 1_000, age: '0', commentsOnTen: 50 };

/** Older rows, which the queries do not read: 1,000,000 comments for 300,000 posts. */
export const olderRows = (posts: number): Rows => ({ posts, age: '1 day', commentsOnTen: 33 });

/** Inserts users, posts and comments without the API. */
export async function insert({ databaseUrl }: Pick<System, 'databaseUrl'>, { posts, age, commentsOnTen }: Rows): Promise<void> {
  const idsFrom = async (service: 'user' | 'post' | 'comment', sql: string, values: unknown[]) =>
    (await query<{ id: string }>(databaseUrl(service), sql, values)).map(({ id }) => id);

  const users = await idsFrom(
    'user',
    `INSERT INTO profile (id, display_name) SELECT uuidv7(), 'User ' || n FROM generate_series(1, $1::int) AS n RETURNING id`,
    [posts],
  );
  const authors = users.slice(0, AUTHORS);
  const ids = await idsFrom(
    'post',
    `INSERT INTO post (id, author_id, title, body, score, created_at, updated_at)
     SELECT uuidv7(-$3::interval), ($2::uuid[])[1 + n % cardinality($2)], 'Post ' || n, repeat('Lorem ipsum ', 20), n, now(), now()
     FROM generate_series(1, $1::int) AS n RETURNING id`,
    [posts, authors, age],
  );
  await idsFrom(
    'comment',
    `INSERT INTO comment (id, post_id, author_id, body, score, created_at, updated_at)
     SELECT uuidv7(), post.id, ($2::uuid[])[1 + (n * 7 + m * 3) % cardinality($2)], 'Comment ' || m, 0, now(), now()
     FROM unnest($1::uuid[]) WITH ORDINALITY AS post (id, n), generate_series(1, (n * $3::int / 10 - (n - 1) * $3::int / 10)) AS m`,
    [ids, authors, commentsOnTen],
  );
  // Otherwise PostgreSQL does it during the measurement.
  for (const service of ['user', 'post', 'comment'] as const) await query(databaseUrl(service), 'VACUUM ANALYZE');
}
