import type { DemoData } from '@reputable/playground';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createAccount, linkAccount } from './account.ts';
import { CLIENT_ID } from './authorization-server.ts';
import { GraphQLClient } from './graphql.ts';
import { distinguish, type Past } from './past.ts';
import { Person, upvotesOf } from './person.ts';
import type { System } from './system.ts';

/** An account to try Reputable with. */
interface DemoAccount extends Past {
  readonly email: string;
  readonly displayName: string;
}

/** What an interrupted start, or one of an earlier version, has saved. */
type Saved = Pick<DemoData, 'password'> & Partial<DemoData>;

/** Four reputation. */
const COMMENT_UPVOTES = [
  ['COMMENT_UPVOTED', 2],
  ['COMMENT_UPVOTED', 2],
] as const;

export const DEMO_ACCOUNTS: readonly DemoAccount[] = [
  { email: 'admin@example.com', displayName: 'Admin', roles: ['ADMIN'], events: [] },
  { email: 'moderator@example.com', displayName: 'Moderator', roles: ['MODERATOR'], events: upvotesOf(2) },
  { email: 'member@example.com', displayName: 'Member', roles: [], events: [...upvotesOf(12), ['DOWNVOTE_CAST', -1]] },
  { email: 'almost@example.com', displayName: 'Almost', roles: [], events: [...upvotesOf(1), ...COMMENT_UPVOTES, ['DOWNVOTE_CAST', -1]] },
  { email: 'newcomer@example.com', displayName: 'Newcomer', roles: [], events: [] },
];

/** The reputation of a demo account at first. */
export const reputationOf = ({ events }: DemoAccount) => 1 + events.reduce((sum, [, delta]) => sum + delta, 0);

/**
 * The first start creates the demo accounts and a post. A later start completes what an interrupted one left out. With an authorization server
 * in place of ours, its member is the demo member.
 */
export async function seed(system: Pick<System, 'urls' | 'dataDir' | 'databaseUrl' | 'realm'>): Promise<DemoData> {
  const data = await seedOnce(system);
  const { issuer = '', people } = system.realm ?? {};
  const member = people?.get('member');
  if (member) await linkAccount(system.databaseUrl('auth'), 'member@example.com', { issuer, subject: member.subject });
  return data;
}

async function seedOnce(system: Pick<System, 'urls' | 'dataDir' | 'databaseUrl' | 'realm'>): Promise<DemoData> {
  const { password, postId, ids = {} } = await load(system.dataDir);
  const missing = DEMO_ACCOUNTS.filter(({ email }) => ids[email] === undefined);
  if (postId !== undefined && missing.length === 0) return { password, postId, ids };
  await save(system.dataDir, { password, ids, ...(postId !== undefined && { postId }) });
  const created = await createAccounts(system, password, missing);
  const data = { password, postId: postId ?? (await writePost(system, password)), ids: { ...ids, ...created } };
  await save(system.dataDir, data);
  return data;
}

async function createAccounts({ databaseUrl }: Pick<System, 'databaseUrl'>, password: string, accounts: readonly DemoAccount[]) {
  const [auth, user] = [databaseUrl('auth'), databaseUrl('user')];
  const ids: Record<string, string> = {};
  for (const { email, displayName, ...past } of accounts) {
    ids[email] = await createAccount({ auth, user }, { email, password, displayName, isVerified: true });
    await distinguish(user, ids[email], past);
  }
  return ids;
}

async function writePost({ urls, realm }: Pick<System, 'urls' | 'realm'>, password: string): Promise<string> {
  const moderator = new Person(new GraphQLClient(urls.graphql), 'Moderator', { email: 'moderator@example.com', password });
  const there = realm?.people.get('moderator');
  if (realm && there) moderator.accessToken = await realm.accessToken(there, CLIENT_ID);
  else await moderator.logIn();
  return moderator.write(
    'Where does a service get its rules from?',
    'From the contract: every rpc says who may call it. Vote on this to see one at work.',
  );
}

/** What the launcher has saved about the demo accounts; undefined while they are incomplete. */
export async function savedDemo(dataDir: string): Promise<DemoData | undefined> {
  const { password, postId, ids } = await load(dataDir);
  return postId === undefined || ids === undefined ? undefined : { password, postId, ids };
}

const fileIn = (dataDir: string) => join(dataDir, 'demo.json');

const save = (dataDir: string, data: Saved) => writeFile(fileIn(dataDir), JSON.stringify(data), { mode: 0o600 });

async function load(dataDir: string): Promise<Saved> {
  try {
    return JSON.parse(await readFile(fileIn(dataDir), 'utf8')) as Saved;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { password: randomBytes(8).toString('hex').match(/.{4}/g)?.join('-') ?? '' };
  }
}
