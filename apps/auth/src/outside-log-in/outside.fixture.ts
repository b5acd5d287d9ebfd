import { type Person as Outsider, Provider } from '@reputable/provider';
import { query } from '@reputable/testing';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sharedAuthWorld, startOtherAuth } from '../auth.fixture.ts';
import type { Browser, Shown } from '../browser.fixture.ts';
import { type Application, type OAuthWorld, openOAuthWorld, type Request } from '../oauth.fixture.ts';

/** A browser at the log-in page of an authorization request. */
export interface AtLogIn {
  readonly browser: Browser;
  readonly request: Request;
  readonly page: Shown;
}

/** A browser on its way to a provider. */
export interface OnTheWay extends AtLogIn {
  /** The page that takes it there. */
  readonly page: Shown;
  /** The authorization URL. */
  readonly url: URL;
}

export interface AccountRow {
  readonly id: string;
  readonly verified: boolean;
  readonly password_hash: string | null;
}

/** A person whose account was created by a log-in with provider one. */
export interface LinkedPerson {
  readonly person: Outsider;
  readonly id: string;
  readonly account: AccountRow;
  readonly browser: Browser;
  readonly request: Request;
  /** The page after the first log-in. */
  readonly done: Shown;
}

/** An auth of its own with two outside providers, `one` and `two`. Browsers cannot log out at `two`. */
export interface OutsideWorld extends OAuthWorld {
  readonly one: Provider;
  readonly two: Provider;
  readonly client: Application;
  /** An application of others. */
  readonly digest: Application;
  /** A browser at the log-in page. @param more parameters of the authorization request */
  atLogIn(more?: Record<string, string>): Promise<AtLogIn>;
  /** Presses "Continue with …" on the log-in page. */
  goTo(provider: 'one' | 'two', at?: AtLogIn): Promise<OnTheWay>;
  /** A browser that a person at a provider logs in with, and the page that it then shows. */
  logIn(person: Outsider, provider?: 'one' | 'two', at?: AtLogIn): Promise<OnTheWay & { answer: Shown }>;
  /** Logs a new person in with provider one, and creates the account. */
  aLinkedPerson(about?: Partial<Outsider>): Promise<LinkedPerson>;
  /** An account, by its address. */
  accountOf(email: string): Promise<AccountRow | undefined>;
  linksOf(accountId: string): Promise<{ issuer: string; subject: string }[]>;
}

/** The scopes that the client asks for. */
export const SCOPE = 'openid account posts:read';

let shared: Promise<OutsideWorld> | undefined;

/** The world that all specs of this process share. It runs until the process ends. */
export const sharedOutsideWorld = (): Promise<OutsideWorld> => (shared ??= startOutsideWorld());

/** Whether the browser is back at the client, with a code of ours. The redirect URI of a provider has a code, too. */
export const hasCode = ({ url }: Shown) => url.pathname === '/auth/callback' && url.searchParams.has('code');

/** Starts a world of its own. Stop its auth in the end. @param env further settings of auth */
export async function startOutsideWorld(env: Record<string, string> = {}): Promise<OutsideWorld> {
  const { world } = await sharedAuthWorld();
  const [one, two] = (await Promise.all([Provider.start(), Provider.start({ hasLogOut: false })])).map((provider) => provider.unref()) as [
    Provider,
    Provider,
  ];
  const clientSecretFile = join(world.folder, `provider-secret-${randomUUID()}`);
  await writeFile(clientSecretFile, 'a secret');
  const settings = Object.entries({ one, two }).map(([id, { issuer }]) => ({
    id,
    label: `Provider ${id}`,
    issuer,
    clientId: `reputable-${id}`,
    clientSecretFile,
  }));
  const running = await openOAuthWorld(await startOtherAuth({ OIDC_PROVIDERS: JSON.stringify(settings), ...env }));
  const digest = await running.application();
  // The registry of clients has a connection that would keep the process from ending.
  await running.end();
  const client = await running.gateway();
  const { databaseUrl } = running.auth;
  const outside: OutsideWorld = {
    ...running,
    one,
    two,
    client,
    digest,
    atLogIn: async (more) => {
      const [browser, request] = [running.browser(), await client.begin(SCOPE, more)];
      return { browser, request, page: await browser.open(request.url) };
    },
    goTo: async (provider, at) => {
      const { browser, request, page } = at ?? (await outside.atLogIn());
      const form = page.forms.find(({ action }) => action.endsWith(`/provider/${provider}`));
      const next = await browser.send(page, form);
      return { browser, request, page: next, url: linkIn(next) };
    },
    logIn: async (person, provider = 'one', at) => {
      const way = await outside.goTo(provider, at);
      return { ...way, answer: await way.browser.open(await outside[provider].authorize(way.url, person)) };
    },
    aLinkedPerson: async (about) => {
      const person = anOutsider(about);
      const { browser, request, answer } = await outside.logIn(person);
      const done = await browser.send(answer, answer.forms[0]);
      const account = await outside.accountOf(person.email);
      if (!account) throw new Error(`No account was created: ${done.title}`);
      return { person, browser, request, done, id: account.id, account };
    },
    accountOf: async (email) => {
      const sql = 'SELECT id, email_verified_at IS NOT NULL AS verified, password_hash FROM account WHERE email = $1';
      const [row] = await query<AccountRow>(databaseUrl, sql, [email]);
      return row;
    },
    linksOf: (id) => query(databaseUrl, 'SELECT issuer, subject FROM linked_log_in WHERE account_id = $1 ORDER BY id', [id]),
  };
  return outside;
}

/** The first link of a page to another site. */
export function linkIn({ text, title }: Shown): URL {
  const [, href] = /<a href="(http[^"]+)"/.exec(text) ?? [];
  if (href === undefined) throw new Error(`The page "${title}" has no link: ${text}`);
  return new URL(href.replaceAll('&amp;', '&'));
}

let outsiders = 0;

/** A person at an outside provider whose address nobody has here. */
export function anOutsider(about: Partial<Outsider> = {}): Outsider {
  outsiders += 1;
  const number = `${String(outsiders)}-${randomUUID().slice(0, 8)}`;
  return { subject: `sub-${number}`, name: 'Ada Outside', email: `outsider-${number}@outside.example`, emailVerified: true, ...about };
}
