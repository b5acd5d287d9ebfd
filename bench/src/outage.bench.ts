import type { ServiceName } from '@reputable/contracts/registry';
import { Person, startSystem, type System } from '@reputable/dev';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchOptions } from './options.ts';
import { table } from './table.ts';

/** The number of users. Each reads and votes once a second. */
const USERS = 25;

/** How long users are active before an outage, in milliseconds: longer than the gateway uses a JWT before it renews it. */
const WARM_UP_MS = 50_000;

/** The duration of a row of the table, in seconds. */
const ROW_S = 10;

/** Tokens go on for this time after auth has failed, in seconds: a minute from the last request, which is a second old at most. */
const PROMISED_S = 58;

/** The outages, and how long votes must succeed in each: always, or for a time in seconds. */
const OUTAGES = { user: Infinity, auth: PROMISED_S } as const satisfies Partial<Record<ServiceName, number>>;

type Outage = keyof typeof OUTAGES;

/** The outcome of a read and of a vote of one user in one second of an outage. */
interface Outcome {
  /** In seconds since the beginning of the outage. */
  readonly at: number;
  readonly read: 'as the user' | 'as nobody' | 'failed';
  readonly voted: boolean;
}

const READ = 'query ($id: ID!) { post(id: $id) { title score myVote } }';

/** Measures the share of reads and votes of active users that succeed while the user service is down, and while auth is. */
export async function run({ seconds = 90 }: BenchOptions): Promise<void> {
  const system = await startSystem({ env: { post: { VOTES_PER_MINUTE: '0' } } });
  try {
    const author = await Person.join(system, 'Author');
    const [read, voted] = [await author.write('Read'), await author.write('Vote')];
    const people: Person[] = [];
    while (people.length < USERS) people.push(await Person.join(system, 'Member', { upvotes: 3 }));
    for (const person of people) await person.upvote(read);
    for (const outage of Object.keys(OUTAGES) as Outage[]) {
      // Access tokens are valid for five minutes: those of one outage are new.
      for (const person of people) await person.logIn();
      await report(outage, await during(system, outage, seconds, (person) => once(person, read, voted), people));
    }
  } finally {
    await system.stop();
  }
}

/** Stops a service while users are active. Returns the outcomes during the outage, and starts the service again. */
async function during(
  system: System,
  service: Outage,
  seconds: number,
  act: (person: Person) => Promise<Omit<Outcome, 'at'>>,
  people: readonly Person[],
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const over = new AbortController();
  let began = Infinity;
  const users = people.map(async (person, index) => {
    // The users begin one after the other, so that their tokens have different ages.
    await sleep((index * WARM_UP_MS) / people.length / 1.25);
    while (!over.signal.aborted) {
      const asked = performance.now();
      const outcome = await act(person);
      if (asked >= began) outcomes.push({ ...outcome, at: (asked - began) / 1000 });
      else if (outcome.read !== 'as the user' || !outcome.voted) throw new Error('A request failed before the outage.');
      await sleep(Math.max(0, asked + 1_000 - performance.now()));
    }
  });
  const all = Promise.all(users);
  await Promise.race([sleep(WARM_UP_MS), all]);
  await system.kill(service);
  began = performance.now();
  await Promise.race([sleep(seconds * 1000), all]);
  over.abort();
  await all;
  await system.restart(service);
  return outcomes;
}

/** Reads a post that the person has upvoted, and votes for another. */
async function once(person: Person, read: string, voted: string): Promise<Omit<Outcome, 'at'>> {
  const answer = person.ask<{ post: { myVote: string | null } }>(READ, { id: read });
  const vote = await person.upvote(voted).then(
    () => true,
    () => false,
  );
  return {
    read: await answer.then(
      ({ post }) => (post.myVote === null ? 'as nobody' : 'as the user'),
      () => 'failed' as const,
    ),
    voted: vote,
  };
}

async function report(outage: Outage, outcomes: readonly Outcome[]): Promise<void> {
  const rows = [...Map.groupBy(outcomes, ({ at }) => Math.floor(at / ROW_S))].sort(([one], [other]) => one - other);
  console.log(`\n${outage} is down; ${String(USERS)} users, each with a read and a vote a second:\n`);
  console.log(
    await table(
      ['seconds', 'reads as the user', 'reads as nobody', 'votes'],
      rows.map(([row, some]) => [
        `${String(row * ROW_S)}–${String((row + 1) * ROW_S)}`,
        share(some, ({ read }) => read === 'as the user'),
        share(some, ({ read }) => read === 'as nobody'),
        share(some, ({ voted }) => voted),
      ]),
    ),
  );
  const broken = outcomes.filter(({ at, read, voted }) => read === 'failed' || (!voted && at < OUTAGES[outage]));
  if (broken.length === 0) return;
  console.log(`${String(broken.length)} of ${String(outcomes.length)} outcomes break the promise.`);
  process.exitCode = 1;
}

const share = (outcomes: readonly Outcome[], is: (outcome: Outcome) => boolean) =>
  `${((100 * outcomes.filter(is).length) / outcomes.length).toFixed(1)} %`;
