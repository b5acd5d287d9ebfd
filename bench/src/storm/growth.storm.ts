import { eventually } from '@reputable/cli';
import { registry } from '@reputable/contracts/registry';
import { Person } from '@reputable/dev';
import { query } from '@reputable/testing';
import { randomUUID } from 'node:crypto';
import { undelivered } from './check.ts';
import { UPVOTES } from './crowd.ts';
import { READ } from './member.ts';
import type { Storm } from './report.ts';
import type { StormWorld } from './storm-world.ts';

/** The actions that leave no row. */
const TRACELESS = ['a read', 'a repeated post'];

/** Repeats each action, and counts the rows that it leaves in each table. {@link TRACELESS} ones must leave none. */
export const run: Storm['run'] = async (world, { count }) => {
  const { system } = world;
  const [author, voter] = [await Person.join(system, 'Author'), await Person.join(system, 'Voter', { upvotes: UPVOTES })];
  const postId = await author.write('Growth');
  const commentId = await author.comment(postId, 'Growth');
  const create = 'mutation ($input: CreatePostInput!) { createPost(input: $input) { id } }';
  const actions: Readonly<Record<string, (n: number) => Promise<unknown>>> = {
    'a read': () => voter.ask(READ),
    'a changed vote': (n) =>
      voter.ask(`mutation ($id: ID!) { ${n % 2 === 0 ? 'upvotePost' : 'retractVote'}(id: $id) { id } }`, { id: postId }),
    'a changed vote for a comment': (n) =>
      voter.ask(`mutation ($id: ID!) { ${n % 2 === 0 ? 'upvoteComment' : 'retractCommentVote'}(id: $id) { id } }`, { id: commentId }),
    'a post': () => author.write('Growth'),
    'a repeated post': repeatedly((input) => author.ask(create, { input })),
    'a comment': () => author.comment(postId, 'Growth'),
    'a refresh': () => voter.refresh(),
    'a log-in': () => voter.logIn(),
  };
  const rows: [string, string][] = [];
  const faults: string[] = [];
  let before = await countRows(world);
  for (const [name, act] of Object.entries(actions)) {
    // A busy machine can exceed the deadline of a request.
    for (let n = 0; n < count; n += 1) await eventually(() => act(n));
    await undelivered(system);
    const after = await countRows(world);
    const grown = [...after].map(([table, size]) => [table, (size - (before.get(table) ?? 0)) / count] as const);
    // A table of state, as of workers, may have a row more without an action.
    const text = grown.filter(([, each]) => each >= 0.05).map(([table, each]) => `${table} ${each.toFixed(1)}`);
    rows.push([`rows that ${name} leaves`, text.length === 0 ? 'none' : text.join(', ')]);
    if (TRACELESS.includes(name) && text.length > 0) faults.push(`Rows that ${name} leaves: ${text.join(', ')}.`);
    before = after;
  }
  return { rows: [['repetitions of each action', count], ...rows], faults };
};

/** Sends one idempotency key again and again. */
function repeatedly(send: (input: object) => Promise<unknown>): () => Promise<unknown> {
  const input = { title: 'Growth', body: 'Once', idempotencyKey: randomUUID() };
  return () => send(input);
}

const TABLES = `
  SELECT format('%I.%I', nspname, relname) AS name FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
  WHERE relkind = 'r' AND nspname IN ('public', 'pgboss')`;

/** The number of rows of each table of each service. */
async function countRows({ system }: StormWorld): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const { name, database } of registry) {
    if (!database) continue;
    const url = system.databaseUrl(name);
    for (const table of await query<{ name: string }>(url, TABLES)) {
      const [row] = await query<{ count: number }>(url, `SELECT count(*)::int AS count FROM ${table.name}`);
      counts.set(`${name}: ${table.name.replace('public.', '')}`, row?.count ?? 0);
    }
  }
  return counts;
}
