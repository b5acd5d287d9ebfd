import { GraphQLClient, startSystem } from '@reputable/dev';
import { query } from '@reputable/testing';
import { quantile } from './quantile.ts';
import { startLoad } from './steady-load.ts';

/** How many votes are cast. */
const VOTES = 200;

/** What is asked for p99, in milliseconds. */
const TARGET_MS = 1_000;

/** After this time a change that does not show has been missed, in milliseconds. */
const GIVE_UP_MS = 10_000;

const PASSWORD = 'correct horse battery staple';

/**
 * How long it takes from the answer to a vote until a request of whoever was voted on is decided by the reputation that it made, while the
 * system is under load. On the way are two outboxes, the notification of auth, the stream, and the exchange.
 */
export async function run(): Promise<void> {
  const system = await startSystem({ log: () => undefined });
  try {
    const graphql = new GraphQLClient(system.urls.graphql);
    const author = await join(graphql, 'Author');
    const voter = await join(graphql, 'Voter');
    // Enough for an upvote. The voter has asked for nothing yet.
    await query(system.databaseUrl('user'), 'UPDATE profile SET reputation_sum = 100 WHERE id = $1', [voter.user.id]);
    const postId = await graphql.createPost(author.accessToken, { title: 'Vote on this', body: 'Again and again.' });
    const load = startLoad(system, (await join(graphql, 'Reader')).accessToken);
    const taken: number[] = [];
    for (let i = 0; i < VOTES; i += 1) {
      const [mutation, reputation] = i % 2 ? (['retractVote', 1] as const) : (['upvotePost', 11] as const);
      const { errors } = await graphql.send(`mutation ($id: ID!) { ${mutation}(id: $id) { score } }`, { id: postId }, voter.accessToken);
      if (errors) throw new Error(errors[0]?.message);
      taken.push(await untilReputation(graphql, author.accessToken, reputation));
    }
    report(taken, await load.stop());
  } finally {
    await system.stop();
  }
}

const join = (graphql: GraphQLClient, displayName: string) =>
  graphql.registerOrLogIn({ email: `${displayName.toLowerCase()}@claims.example.com`, password: PASSWORD, displayName });

/** How long it takes until the user of this token is known to have this reputation, in milliseconds. */
async function untilReputation(graphql: GraphQLClient, token: string, reputation: number): Promise<number> {
  const began = performance.now();
  for (;;) {
    const known = await reputationOf(graphql, token);
    const after = performance.now() - began;
    if (known === reputation) return after;
    if (after > GIVE_UP_MS)
      throw new Error(`After ${String(GIVE_UP_MS)} ms the reputation is ${String(known)}, not ${String(reputation)}.`);
  }
}

/** What a downvote is refused for: it takes more reputation than the author has, and the refusal says how much that is. */
async function reputationOf(graphql: GraphQLClient, token: string): Promise<number> {
  const downvote = 'mutation ($id: ID!) { downvotePost(id: $id) { id } }';
  const { errors } = await graphql.send(downvote, { id: '00000000-0000-7000-8000-000000000000' }, token);
  const { reason, metadata } = errors?.[0]?.extensions ?? {};
  if (reason !== 'REPUTATION_TOO_LOW') throw new Error(`Refused with ${String(reason)} in place of REPUTATION_TOO_LOW.`);
  return Number(metadata?.actual);
}

function report(taken: readonly number[], load: number): void {
  console.log(
    `From a vote to the next request with the new reputation, ${VOTES} times, under a load of ${load.toFixed(0)} requests/s (ms):`,
  );
  for (const [name, part] of [
    ['p50', 0.5],
    ['p99', 0.99],
    ['most', 1],
  ] as const)
    console.log(`  ${name.padEnd(6)}${quantile(taken, part).toFixed(1).padStart(8)}`);
  if (quantile(taken, 0.99) > TARGET_MS) process.exitCode = 1;
}
