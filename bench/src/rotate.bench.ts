import { SERVICES } from '@reputable/contracts';
import { formatLine, GraphQLClient, Person, seed, startSystem, type System } from '@reputable/dev';
import { setTimeout as sleep } from 'node:timers/promises';

const WORKERS = 8;

/** The changes of certificates. `at`: a fraction of the duration. */
const EVENTS: readonly { at: number; what: string; work: (pki: System['pki']) => Promise<unknown> }[] = [
  {
    at: 0.15,
    what: 'every certificate issued anew',
    work: async (pki) => {
      for (const name of SERVICES) await pki.issue(name);
    },
  },
  { at: 0.4, what: 'a new root trusted, then every certificate issued under it', work: (pki) => pki.roll() },
  { at: 0.75, what: 'the old root no longer trusted', work: (pki) => pki.finishRoll() },
];

/** The results of the clients. */
interface Tally {
  reads: number;
  writes: number;
  readonly failures: string[];
}

/**
 * Counts failed calls while certificates change: real services under steady load through the gateway. Each read and write passes several
 * services. Prints calls and failures. One failure fails the benchmark.
 */
export async function run({ seconds = 60 }: { seconds?: number }): Promise<void> {
  let reloads = 0;
  const system = await startSystem({
    log: (source, line) => {
      if (line.includes('certificate reloaded')) reloads += 1;
      else if (/"level":[456]0/.test(line)) console.log(formatLine(source, line));
    },
  });
  try {
    const { password, postId } = await seed(system);
    const graphql = new GraphQLClient(system.urls.graphql);
    const member = new Person(graphql, 'Member', { email: 'member@example.com', password });
    await member.logIn();
    const began = Date.now();
    const tally: Tally = { reads: 0, writes: 0, failures: [] };
    const workers = Array.from({ length: WORKERS }, async () => {
      while (Date.now() - began < seconds * 1_000) await round(graphql, member.token, postId, tally);
    });
    for (const { at, what, work } of EVENTS) {
      await sleep(began + at * seconds * 1_000 - Date.now());
      const done = await work(system.pki);
      console.log(`  after ${((Date.now() - began) / 1_000).toFixed(1).padStart(4)} s   ${done === false ? 'NOT ' : ''}${what}`);
    }
    await Promise.all(workers);
    report(tally, seconds, reloads);
  } finally {
    await system.stop();
  }
}

/** Votes, creates a post with a comment, and reads them: through gateway, post, comment and user. */
async function round(graphql: GraphQLClient, token: string, postId: string, tally: Tally): Promise<void> {
  const ask = async (kind: 'reads' | 'writes', query: string, variables: object) => {
    tally[kind] += 1;
    try {
      const { data, errors } = await graphql.send<Record<string, { id: string }>>(query, variables, token);
      if (errors) tally.failures.push(`${new Date().toISOString()} ${errors[0]?.message ?? ''} ${JSON.stringify(errors[0]?.extensions)}`);
      return data;
    } catch (error) {
      tally.failures.push(`${new Date().toISOString()} ${String(error)}`);
      return undefined;
    }
  };
  await ask('writes', 'mutation ($id: ID!) { upvotePost(id: $id) { score } }', { id: postId });
  const written = await ask('writes', 'mutation { createPost(input: { title: "Rotation", body: "Under load" }) { id } }', {});
  const id = written?.createPost?.id ?? postId;
  await ask('writes', 'mutation ($id: ID!) { createComment(input: { postId: $id, body: "Still here" }) { id } }', { id });
  const post = '{ title author { displayName } comments { nodes { body author { displayName } } } }';
  for (let i = 0; i < 3; i += 1) await ask('reads', `query ($id: ID!) { me { displayName } post(id: $id) ${post} }`, { id });
}

function report({ reads, writes, failures }: Tally, seconds: number, reloads: number): void {
  console.log(`In ${String(seconds)} s of load, ${String(WORKERS)} concurrent clients, through the gateway:`);
  console.log(`  ${String(reads + writes).padStart(6)} calls: ${String(reads)} reads, ${String(writes)} writes`);
  console.log(`  ${String(reloads).padStart(6)} reloads of certificates`);
  console.log(`  ${String(failures.length).padStart(6)} failures`);
  for (const failure of failures.slice(0, 20)) console.log(`         ${failure}`);
  if (failures.length > 0) process.exitCode = 1;
}
