import { eventually } from '@reputable/cli';
import { registry } from '@reputable/contracts/registry';
import { query } from '@reputable/testing';
import { type Crowd, UPVOTES } from './crowd.ts';
import type { Entries, Vote } from './ledger.ts';
import type { Report } from './report.ts';
import type { StormWorld } from './storm-world.ts';

/** The time for the outboxes to deliver their last events, in milliseconds. */
const DELIVERY_MS = 60_000;

/** The worth of events: see the rules of the user service. */
const WORTH = { upvote: 10, downvote: -2, downvoteCast: -1, commentUpvote: 2 };

const JOBS = `SELECT name || ': ' || state AS job FROM pgboss.job WHERE state < 'completed' AND name NOT LIKE '\\_\\_pgboss%'`;

/** Compares the databases with the ledger of a crowd that has stopped, and refreshes the session of each member. */
export async function checkPromises({ system, surprises }: StormWorld, { ledger, members }: Crowd): Promise<Report> {
  const { databaseUrl } = system;
  const rowsOf = <Row extends object>(service: 'post' | 'comment' | 'user', sql: string) =>
    query<Row & Record<string, unknown>>(databaseUrl(service), sql);

  const jobs = await undelivered(system);
  const lostPosts = compare(ledger.posts, await rowsOf<Row>('post', 'SELECT id, title AS key FROM post'));
  const comments = await rowsOf<Row>('comment', 'SELECT id, body AS key FROM comment');
  const lostComments = compare(ledger.comments, comments);
  const votes = [
    ...(await rowsOf<VoteRow>('post', `SELECT post_id || ' ' || user_id AS key, value FROM vote`)),
    ...(await rowsOf<VoteRow>('comment', `SELECT comment_id || ' ' || user_id AS key, 1 AS value FROM comment_vote`)),
  ];
  const wrongVotes = compareVotes(ledger.votes, votes);
  const wrongScores = [
    ...(await rowsOf('post', scoresOf('post', 'SELECT sum(value) FROM vote WHERE post_id = post.id'))),
    ...(await rowsOf('comment', scoresOf('comment', 'SELECT count(*) FROM comment_vote WHERE comment_id = comment.id'))),
  ];
  const wrongReputations = reputationsOf(
    ledger,
    members.map(({ person }) => person.id),
    await rowsOf<ReputationRow>('user', REPUTATIONS),
  );
  const before = ledger.endedSessions.length;
  for (const member of members) await member.renew();

  const promises: readonly (readonly [string, readonly unknown[]])[] = [
    ['posts lost, doubled or not acknowledged', lostPosts],
    ['comments lost, doubled or not acknowledged', lostComments],
    ['votes lost or not acknowledged', wrongVotes],
    ['scores that differ from the sum of the votes', wrongScores],
    ['reputations that differ from the sum of their events, or from the votes', wrongReputations],
    ['events that were not delivered', jobs],
    [`sessions that ended (${String(ledger.endedSessions.length - before)} of them unnoticed until the end)`, ledger.endedSessions],
    ['refusals that no fault explains', ledger.faults],
    ['services that ended by themselves', surprises],
  ];
  return {
    rows: [
      ['acknowledged requests', ledger.acknowledged],
      ['acknowledged writes', ledger.writes],
      ...ledger.failureRows,
      ...promises.map(([label, broken]) => [label, broken.length] as const),
    ],
    faults: promises.flatMap(([label, broken]) =>
      broken.map((each) => `${label}: ${typeof each === 'string' ? each : JSON.stringify(each)}`),
    ),
  };
}

interface Row {
  readonly id: string;
  readonly key: string;
}

interface VoteRow {
  readonly key: string;
  readonly value: Vote;
}

interface ReputationRow {
  readonly id: string;
  readonly sum: number;
  readonly events: number;
}

const REPUTATIONS = `
  SELECT id, reputation_sum AS sum,
    (SELECT coalesce(sum(delta), 0)::int FROM reputation_event WHERE user_id = profile.id) AS events FROM profile`;

const scoresOf = (table: string, sum: string) => `SELECT id, score, (${sum}) AS sum FROM ${table} WHERE score <> coalesce((${sum}), 0)`;

/** The jobs that are left when the outboxes have had time to deliver them, dead letters included. */
export async function undelivered({ databaseUrl }: StormWorld['system']): Promise<string[]> {
  const look = async () => {
    const jobs = await Promise.all(registry.map(async ({ name, database }) => (database ? jobsOf(name, databaseUrl(name)) : [])));
    if (jobs.flat().length > 0) throw Object.assign(new Error('undelivered'), { jobs: jobs.flat() });
    return [];
  };
  return eventually(look, DELIVERY_MS).catch((error: unknown) => (error as { jobs?: string[] }).jobs ?? Promise.reject(error as Error));
}

/** The jobs of a service, if it has an outbox. */
async function jobsOf(name: string, url: string): Promise<string[]> {
  const [{ jobs } = { jobs: null }] = await query<{ jobs: string | null }>(url, `SELECT to_regclass('pgboss.job')::text AS jobs`);
  return jobs === null ? [] : (await query<{ job: string }>(url, JOBS)).map(({ job }) => `${name}, ${job}`);
}

/** Each acknowledged entry must be stored once, and nothing else. */
function compare({ byKey: entries }: Entries, rows: readonly Row[]): string[] {
  const byKey = Map.groupBy(rows, ({ key }) => key);
  const lost = [...entries].filter(([key, { id }]) => !byKey.get(key)?.some((row) => row.id === id)).map(([key]) => `${key} is lost`);
  const doubled = [...byKey].filter(([, { length }]) => length > 1).map(([key]) => `${key} is doubled`);
  const others = [...byKey.keys()].filter((key) => !entries.has(key)).map((key) => `${key} is not acknowledged`);
  return [...lost, ...doubled, ...others];
}

function compareVotes(votes: ReadonlyMap<string, Vote>, rows: readonly VoteRow[]): string[] {
  const stored = new Map(rows.map(({ key, value }) => [key, value]));
  const keys = new Set([...votes.keys(), ...stored.keys()]);
  const wrong = [...keys].filter((key) => (votes.get(key) ?? 0) !== (stored.get(key) ?? 0));
  return wrong.map((key) => `${key}: ${String(votes.get(key))} acknowledged, ${String(stored.get(key))} stored`);
}

const authorsOf = ({ byKey }: Entries) => new Map([...byKey.values()].map(({ id, authorId }) => [id, authorId]));

/** The profiles that are lost, and the reputations that differ from the sum of their events, or from the votes of the ledger. */
function reputationsOf({ posts, comments, votes }: Crowd['ledger'], ids: readonly string[], rows: readonly ReputationRow[]): string[] {
  const expected = new Map(ids.map((id) => [id, UPVOTES * WORTH.upvote]));
  const add = (id = '', worth: number) => expected.set(id, (expected.get(id) ?? 0) + worth);
  const [ofPost, ofComment] = [authorsOf(posts), authorsOf(comments)];
  for (const [key, vote] of votes) {
    const [id = '', voter] = key.split(' ');
    if (vote === 1) add(ofPost.get(id) ?? ofComment.get(id), ofPost.has(id) ? WORTH.upvote : WORTH.commentUpvote);
    if (vote === -1) {
      add(ofPost.get(id), WORTH.downvote);
      add(voter, WORTH.downvoteCast);
    }
  }
  const stored = new Set(rows.map(({ id }) => id));
  const lost = [...expected.keys()].filter((id) => !stored.has(id));
  const wrong = rows.filter(({ id, sum, events }) => sum !== events || sum !== (expected.get(id) ?? 0));
  return [
    ...lost.map((id) => `${id}: the profile is lost`),
    ...wrong.map(({ id, sum, events }) => `${id}: ${String(sum)}, of events ${String(events)}, of votes ${String(expected.get(id) ?? 0)}`),
  ];
}
