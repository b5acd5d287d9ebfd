import { newId } from '@reputable/database';
import { startSystem, type System } from '@reputable/dev';
import { query } from '@reputable/testing';
import autocannon from 'autocannon';
import { median } from './quantile.ts';

const NESTED = `{ posts(first: 10) { nodes { id title score author { id displayName reputation }
  comments(first: 5) { nodes { id body score author { id displayName } } } } } }`;
const FLAT = '{ posts(first: 10) { nodes { id title body score createdAt } } }';

/** Measures requests per second through the whole system: GraphQL, mutual TLS, PostgreSQL. The load generator runs on the same machine. */
export async function run(): Promise<void> {
  const system = await startSystem({ log: () => undefined });
  try {
    await fill(system);
    console.log('Through the gateway, everything on, the load generator beside it (median of 3 rounds of 8 s, 20 connections):');
    for (const [name, document] of [
      ['a nested list: 10 posts, authors, 5 comments each, authors', NESTED],
      ['a flat list: 10 posts', FLAT],
    ] as const) {
      await load(system, document, 4);
      const rounds = [await load(system, document, 8), await load(system, document, 8), await load(system, document, 8)];
      console.log(`  ${name.padEnd(60)} ${median(rounds).toFixed(0).padStart(6)} requests/s`);
    }
  } finally {
    await system.stop();
  }
}

async function load({ urls }: System, document: string, duration: number): Promise<number> {
  const result = await autocannon({
    url: urls.graphql,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: document }),
    connections: 20,
    duration,
    verifyBody: (body) => !String(body).includes('"errors"'),
  });
  const failed = result.non2xx + result.errors + result.mismatches;
  if (failed > 0) throw new Error(`${failed} requests failed.`);
  return result.requests.average;
}

/** Fifty users, ten posts of 700 characters, five comments on each. */
async function fill(system: System): Promise<void> {
  const users = Array.from({ length: 50 }, () => newId());
  const posts = Array.from({ length: 10 }, () => newId());
  const insertUsers = `INSERT INTO profile (id, display_name) SELECT id, 'User ' || n FROM unnest($1::uuid[]) WITH ORDINALITY AS u(id, n)`;
  const insertPosts = `INSERT INTO post (id, author_id, title, body, score, created_at, updated_at) SELECT p.id, ($2::uuid[])[n], 'Post ' || n, repeat('text and ', 78), n, now(), now()
    FROM unnest($1::uuid[]) WITH ORDINALITY AS p(id, n)`;
  const insertComments = `INSERT INTO comment (id, post_id, author_id, body, score, created_at, updated_at) SELECT c.id, ($2::uuid[])[(n - 1) / 5 + 1], ($3::uuid[])[n], 'Comment ' || n, n, now(), now()
    FROM unnest($1::uuid[]) WITH ORDINALITY AS c(id, n)`;
  await query(system.databaseUrl('user'), insertUsers, [users]);
  await query(system.databaseUrl('post'), insertPosts, [posts, users]);
  await query(system.databaseUrl('comment'), insertComments, [users.map(() => newId()), posts, users]);
}
