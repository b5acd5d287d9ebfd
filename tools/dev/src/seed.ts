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

export interface DemoData {
  readonly password: string;
  /** The id of a post to vote on. */
  readonly postId: string;
}

export const DEMO_ACCOUNTS: readonly DemoAccount[] = [
  { email: 'admin@example.com', displayName: 'Admin', roles: ['ADMIN'], events: [] },
  { email: 'moderator@example.com', displayName: 'Moderator', roles: ['MODERATOR'], events: [] },
  { email: 'member@example.com', displayName: 'Member', roles: [], events: [...upvotesOf(12), ['DOWNVOTE_CAST', -1]] },
  { email: 'newcomer@example.com', displayName: 'Newcomer', roles: [], events: [] },
];

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
  const path = join(system.dataDir, 'demo.json');
  const saved = await load(path);
  if (saved.postId !== undefined) return { password: saved.password, postId: saved.postId };
  const { password } = saved;
  await save(path, { password });

  const [auth, user] = [system.databaseUrl('auth'), system.databaseUrl('user')];
  for (const { email, displayName, ...past } of DEMO_ACCOUNTS) {
    await distinguish(user, await createAccount({ auth, user }, { email, password, displayName, isVerified: true }), past);
  }
  const moderator = new Person(new GraphQLClient(system.urls.graphql), 'Moderator', { email: 'moderator@example.com', password });
  const there = system.realm?.people.get('moderator');
  if (system.realm && there) moderator.accessToken = await system.realm.accessToken(there, CLIENT_ID);
  else await moderator.logIn();
  const postId = await moderator.write(
    'Where does a service get its rules from?',
    'From the contract: every rpc says who may call it. Vote on this to see one at work.',
  );
  const data = { password, postId };
  await save(path, data);
  return data;
}

const save = (path: string, data: Partial<DemoData>) => writeFile(path, JSON.stringify(data), { mode: 0o600 });

async function load(path: string): Promise<{ readonly password: string; readonly postId?: string }> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as DemoData;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { password: randomBytes(8).toString('hex').match(/.{4}/g)?.join('-') ?? '' };
  }
}
