import { Person, Refused, startSystem } from '@reputable/dev';
import { quantile } from './quantile.ts';
import { startSteadyLoad } from './steady-load.ts';

/** The number of votes. */
const VOTES = 200;

/** The target for p99, in milliseconds. */
const TARGET_MS = 1_000;

/** The timeout for a change to take effect, in milliseconds. */
const GIVE_UP_MS = 10_000;

/**
 * Measures the time from the response to a vote until a request of the post's author is decided with the new reputation, while the system is
 * under load. The change passes two outboxes, the announcement at auth, the revocation stream and the token exchange.
 */
export async function run(): Promise<void> {
  const system = await startSystem({ log: () => undefined, env: { post: { VOTES_PER_MINUTE: '0' } } });
  try {
    const author = await Person.join(system, 'Author');
    const voter = await Person.join(system, 'Voter', { upvotes: 10 });
    const id = await author.write('Vote on this', 'Again and again.');
    const load = startSteadyLoad(system, (await Person.join(system, 'Reader')).token);
    const taken: number[] = [];
    for (let i = 0; i < VOTES; i += 1) {
      const [mutation, reputation] = i % 2 ? (['retractVote', 1] as const) : (['upvotePost', 11] as const);
      await voter.ask(`mutation ($id: ID!) { ${mutation}(id: $id) { score } }`, { id });
      taken.push(await untilReputation(author, reputation));
    }
    report(taken, await load.stop());
  } finally {
    await system.stop();
  }
}

/** The time until a request of the user is decided with this reputation, in milliseconds. */
async function untilReputation(author: Person, reputation: number): Promise<number> {
  const began = performance.now();
  for (;;) {
    const known = await reputationOf(author);
    const after = performance.now() - began;
    if (known === reputation) return after;
    if (after > GIVE_UP_MS)
      throw new Error(`After ${String(GIVE_UP_MS)} ms the reputation is ${String(known)}, not ${String(reputation)}.`);
  }
}

/** The reputation in the refusal of a downvote. The author always has too little for it. */
async function reputationOf(author: Person): Promise<number> {
  const downvote = author.ask('mutation ($id: ID!) { downvotePost(id: $id) { id } }', { id: '00000000-0000-7000-8000-000000000000' });
  const refusal = await downvote.catch((error: unknown) => error);
  if (refusal instanceof Refused && refusal.reason === 'REPUTATION_TOO_LOW') return Number(refusal.metadata['actual']);
  throw new Error('A downvote was not refused with REPUTATION_TOO_LOW.', { cause: refusal });
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
