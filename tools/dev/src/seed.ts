import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { GraphQLClient } from './graphql.ts';
import type { System } from './system.ts';

/** An account to try Reputable with. */
export interface DemoAccount {
  readonly email: string;
  readonly displayName: string;
  readonly roles: readonly string[];
  /** What has happened to it, by the names of the contract's ReputationKind, with what that is worth. */
  readonly events: readonly (readonly [kind: string, delta: number])[];
}

export interface DemoData {
  readonly password: string;
  /** A post to vote on. */
  readonly postId: string;
}

export const DEMO_ACCOUNTS: readonly DemoAccount[] = [
  { email: 'admin@example.com', displayName: 'Admin', roles: ['ADMIN'], events: [] },
  { email: 'moderator@example.com', displayName: 'Moderator', roles: ['MODERATOR'], events: [] },
  {
    email: 'member@example.com',
    displayName: 'Member',
    roles: [],
    events: [...Array.from({ length: 12 }, () => ['POST_UPVOTED', 10] as const), ['DOWNVOTE_CAST', -1]],
  },
  { email: 'newcomer@example.com', displayName: 'Newcomer', roles: [], events: [] },
];

/** Everybody starts with 1. */
export const reputationOf = ({ events }: DemoAccount) => 1 + events.reduce((sum, [, delta]) => sum + delta, 0);

/**
 * Makes the demo accounts on the first start, and a post to vote on; on later starts it only tells of them. What was left
 * half done is finished.
 */
export async function seed(system: Pick<System, 'urls' | 'dataDir' | 'databaseUrl'>): Promise<DemoData> {
  const path = join(system.dataDir, 'demo.json');
  const saved = await load(path);
  if (saved?.postId !== undefined) return { password: saved.password, postId: saved.postId };
  const password =
    saved?.password ??
    randomBytes(8)
      .toString('hex')
      .replaceAll(/(.{4})(?!$)/g, '$1-');
  await writeFile(path, JSON.stringify({ password }), { mode: 0o600 });

  const graphql = new GraphQLClient(system.urls.graphql);
  for (const account of DEMO_ACCOUNTS) {
    const { user } = await graphql.registerOrLogIn({ email: account.email, password, displayName: account.displayName });
    await distinguish(system.databaseUrl('user'), user.id, account);
  }
  const moderator = await graphql.logIn({ email: 'moderator@example.com', password });
  const postId = await graphql.createPost(moderator.accessToken, {
    title: 'Where does a service get its rules from?',
    body: 'From the contract: every rpc says who may call it. Vote on this to see one at work.',
  });
  await writeFile(path, JSON.stringify({ password, postId }), { mode: 0o600 });
  return { password, postId };
}

/** What gives a new account its roles and its past. */
export type Past = Pick<DemoAccount, 'roles' | 'events'>;

/**
 * The statements that give a new account its past, for the user service's database. None of its events if it has some: a start that was
 * interrupted does not count twice.
 */
export const statementsOf = (id: string, { roles, events }: Past): readonly (readonly [sql: string, values: readonly unknown[]])[] => [
  [
    `INSERT INTO reputation_event (id, user_id, kind, undone, subject_id, delta, occurred_at)
     SELECT uuidv7(), $1, kind, false, uuidv7(), delta, now() FROM unnest($2::text[], $3::int[]) AS event (kind, delta)
     WHERE NOT EXISTS (SELECT FROM reputation_event WHERE user_id = $1)`,
    [id, events.map(([kind]) => kind), events.map(([, delta]) => delta)],
  ],
  [
    `UPDATE profile SET roles = $2,
       reputation_sum = (SELECT coalesce(sum(delta), 0) FROM reputation_event WHERE user_id = profile.id)
     WHERE id = $1`,
    [id, roles],
  ],
];

/**
 * Gives a new account its roles and its past. There is no first admin to grant roles, and nobody to vote: for once, straight into the
 * user service's database.
 */
export async function distinguish(databaseUrl: string, id: string, past: Past): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (const [sql, values] of statementsOf(id, past)) await client.query(sql, [...values]);
  } finally {
    await client.end();
  }
}

async function load(path: string): Promise<{ password: string; postId?: string } | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as { password: string; postId?: string };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
