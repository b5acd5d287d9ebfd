import { CliError } from '@reputable/cli';
import { type Answer, Browser, type GraphQLClient, mailedLink, type Page, type Person, Refused } from '@reputable/dev';
import { Application } from './application.ts';
import { addClient } from './clients.ts';
import type { Facts, Narrator } from './narrator.ts';
import { inTheEnd } from './patience.ts';
import type { Inside, Stage } from './stage.ts';

/** The reasons of the gateway for a token whose session has ended: first of the cached JWT, then of the token itself. */
export const ENDED = ['TOKEN_REVOKED', 'TOKEN_INVALID'];

const MY_VOTE = 'query ($id: ID!) { post(id: $id) { myVote } }';
const RETRACT = 'mutation ($id: ID!) { retractVote(id: $id) { id } }';

/** A link by mail. */
export async function aForgottenPassword({ mailbox }: Stage, dave: Person, tell: Narrator): Promise<void> {
  tell.chapter('A forgotten password, and a link by mail');
  const { email } = dave.credentials;
  const former = dave.token;
  const request = (address: string) => () =>
    dave.api.ask<{ requestPasswordReset: string }>('mutation ($email: String!) { requestPasswordReset(email: $email) }', {
      email: address,
    });
  const answer = { requestPasswordReset: 'true' };
  await tell.allowed('Eve', 'requests a link for an address without an account', request(`nobody-${email}`), answer);
  await tell.allowed('Dave', 'requests a link to choose a new password', request(email), answer);
  const link = await mailedLink(mailbox, email, '/reset-password/');
  const browser = new Browser();
  const open = () => shown(browser.open(link), 'Choose a new password');
  await tell.allowed('Scanner', 'opens the link in the mail, which uses nothing up', open);
  const password = 'a new horse and a new battery';
  const save = async () => shown(browser.submit(await open(), { password, again: password }), 'Your password is saved');
  await tell.allowed('Dave', 'opens it, too, and saves a new password', save);
  dave.credentials.password = password;
  await tell.refused('Eve', 'opens the link again', open, 'This link is not valid any more');
  await tell.refused('Eve', 'shows a token from before: the reset ended every session', () => inTheEnd(() => dave.me(former)), ENDED);
  await tell.allowed('Dave', 'logs in with the new password', () => dave.logIn());
}

/** The cookie of a browser session. */
export async function aBrowser({ graphql }: Stage, carol: Person, tell: Narrator): Promise<void> {
  tell.chapter('A browser has a cookie, and no token');
  const browser = new Browser();
  const start = new URL('/auth/login?returnTo=/account', graphql);
  const logIn = async () => shown(browser.submit(await browser.open(start), carol.credentials), 'You are logged in');
  await tell.allowed('Carol', 'logs in on the page of auth, and the gateway sets a cookie', logIn);
  const body = JSON.stringify({ query: '{ me { displayName } }' });
  const show = async (headers: Record<string, string>) => {
    const page = await browser.open(graphql, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });
    const { data, errors } = JSON.parse(page.text) as Answer<{ me: Facts }>;
    if (errors?.[0]) throw new Refused(errors[0]);
    return data?.me ?? {};
  };
  await tell.refused(
    'Eve',
    "makes Carol's browser send it from a page of hers",
    () => show({ origin: 'https://eve.example' }),
    'CROSS_SITE_REQUEST',
  );
  await tell.allowed('Carol', 'shows it from a page of the gateway', () => show({ 'x-reputable-csrf': '1' }), { displayName: 'Carol' });
}

/** An API client. */
export async function aProgram(inside: Inside, api: GraphQLClient, question: string, tell: Narrator): Promise<void> {
  tell.chapter('A program without users logs in with each request');
  const { id, secret } = await addClient(inside, '--machine', '--name', 'Statistics', '--scope', 'posts:read');
  const ask = <T>(query: string, password = secret) => api.ask<T>(query, { id: question }, btoa(`${id}:${password}`), 'Basic');
  const read = async () => (await ask<{ me: { displayName: string } }>('{ me { displayName } }')).me;
  tell.note('An operator has registered it: npm run clients -- add --machine --name Statistics --scope posts:read');
  await tell.allowed('Program', 'shows its id and secret, in basic authentication', read, { displayName: 'Statistics' });
  const missing = { required: 'votes:write', actual: 'posts:read' };
  await tell.refused('Program', 'retracts a vote', () => ask(RETRACT), 'SCOPE_MISSING', missing);
  await tell.refused('Eve', 'shows its id with another secret', () => ask(MY_VOTE, 'x'.repeat(43)), 'CLIENT_CREDENTIALS_INVALID');
}

/** Third-party applications, log-in with an outside provider, and log-outs that reach the application. */
export async function anApplication(inside: Inside, carol: Person, question: string, tell: Narrator): Promise<void> {
  const digest = await Application.start(inside, 'Weekly Digest', 'openid profile posts:read votes:write');
  try {
    await consent(digest, carol, question, tell);
    await proof(digest, carol, tell);
    await outside(inside, digest, carol.api, tell);
  } finally {
    await digest.stop();
  }
}

async function consent(digest: Application, carol: Person, id: string, tell: Narrator): Promise<void> {
  tell.chapter('An application of others has what its user allows');
  const browser = new Browser();
  const { url, redeem } = await digest.logIn('openid posts:read votes:write');
  const logIn = async () => shown(browser.submit(await browser.open(url), carol.credentials), 'Allow Weekly Digest?');
  const page = await tell.allowed('Carol', 'comes from Weekly Digest, and logs in on the page of auth', logIn);
  const allow = async () => redeem((await browser.submit(page, { 'votes:write': null })).url);
  const tokens = await tell.allowed('Carol', 'allows it to read, but not to vote', allow, { scope: 'posts:read' });
  const ask = <T>(query: string) => carol.api.ask<T>(query, { id }, tokens.access_token);
  const read = async () => (await ask<{ post: { myVote: string } }>(MY_VOTE)).post;
  await tell.allowed('Digest', "reads Carol's vote", read, { myVote: 'UP' });
  const missing = { required: 'votes:write', actual: 'posts:read' };
  await tell.refused('Digest', 'retracts her vote', () => ask(RETRACT), 'SCOPE_MISSING', missing);
  const disallow = async () => {
    const list = '{ allowedApplications { nodes { id } } }';
    const { allowedApplications } = await carol.ask<{ allowedApplications: { nodes: [{ id: string }] } }>(list);
    const application = { id: allowedApplications.nodes[0].id };
    return carol.ask<{ disallowApplication: number }>('mutation ($id: ID!) { disallowApplication(id: $id) }', application);
  };
  await tell.allowed('Carol', 'withdraws her consent: it ends one session', disallow, { disallowApplication: 1 });
  await tell.allowed('Digest', 'gets a log-out token, which names her', () => digest.logOutToken(carol.id));
  await tell.refused('Digest', 'reads again', () => inTheEnd(read), ENDED);
}

async function proof(digest: Application, carol: Person, tell: Narrator): Promise<void> {
  tell.chapter('A stolen token is worth nothing without its key');
  const [browser, key] = [new Browser(), await digest.key()];
  const { url, redeem } = await digest.logIn('openid posts:read', key);
  const allow = async () => redeem((await browser.submit(await browser.submit(await browser.open(url), carol.credentials))).url);
  const tokens = await tell.allowed('Carol', 'allows Weekly Digest again, which binds its token to a key', allow, { token_type: 'dpop' });
  await tell.refused('Eve', 'shows that token', () => carol.me(tokens.access_token), 'TOKEN_BOUND');
  const show = async () => ((await digest.ask('{ me { displayName } }', tokens, key)) as { data: { me: Facts } }).data.me;
  await tell.allowed('Digest', 'shows it with a proof: the request, signed with the key', show, { displayName: 'Carol' });
}

async function outside({ provider }: Inside, digest: Application, api: GraphQLClient, tell: Narrator): Promise<void> {
  if (!provider) throw new CliError('The outside provider does not run.');
  tell.chapter('An account elsewhere, and a log-out that reaches the application');
  const browser = new Browser();
  const scope = 'openid profile posts:read';
  const { url, redeem } = await digest.logIn(scope);
  const frank = { subject: 'frank', name: 'Frank', email: 'frank@outside.example', emailVerified: true };
  const atProvider = async (start: URL) => {
    const leaving = await browser.submit(await browser.open(start), {}, '/provider/');
    return browser.open(await provider.authorize(linkIn(leaving), frank));
  };
  const page = await tell.allowed('Frank', 'logs in with the outside provider', () => shown(atProvider(url), 'Create an account'));
  const enter = async () => {
    const asked = await shown(browser.submit(page), 'Allow Weekly Digest?');
    return redeem((await browser.submit(asked)).url);
  };
  const tokens = await tell.allowed('Frank', 'gets an account without a password, and allows it', enter);
  const me = async (token = tokens.access_token) =>
    (await api.ask<{ me: { id: string; displayName: string } }>('{ me { id displayName } }', {}, token)).me;
  const { id } = await tell.allowed('Digest', 'shows its token', me, { displayName: 'Frank' });
  const [session] = provider.sessionsOf(frank.subject);
  const leave = async () => ({ answer: (await provider.logOut(session?.sid ?? '')).join() });
  await tell.allowed('Frank', 'logs out at the provider, whose log-out token auth accepts', leave, { answer: '200' });
  await tell.allowed('Digest', 'gets a log-out token of auth, which names him', () => digest.logOutToken(id));
  await tell.refused('Digest', 'shows its token again', () => inTheEnd(me), ENDED);
  const again = await digest.logIn(scope);
  const enterAgain = async () => again.redeem((await shown(atProvider(again.url), 'Weekly Digest')).url);
  const next = await tell.allowed('Frank', 'logs in with the provider again, by one page', enterAgain);
  const logOut = async () => {
    const question = await shown(browser.open(digest.logOutUrl(next)), 'Log out?');
    const leaving = await shown(browser.submit(question, { logout: 'yes' }), 'Log out at Outside Provider, too?');
    return shown(browser.open(linkIn(leaving)), 'Log out at the outside provider?');
  };
  const asked = await tell.allowed('Frank', 'logs out on the page of auth, which leads to the provider', logOut);
  const comeBack = async () => {
    const done = await shown(browser.submit(asked), 'You are logged out at the outside provider');
    return shown(browser.open(linkIn(done)), 'Weekly Digest');
  };
  await tell.allowed('Frank', 'logs out there, too, and is back at Weekly Digest', comeBack);
  await tell.allowed('Digest', 'gets a log-out token of auth, which names him', () => digest.logOutToken(id));
  await tell.refused('Digest', 'shows its token again', () => inTheEnd(() => me(next.access_token)), ENDED);
}

/** The page, if it has this title. Otherwise rejects, with the other title as the reason. */
async function shown(page: Promise<Page>, expected: string): Promise<Page> {
  const { status, title, text } = await page;
  if (title === expected) return page;
  const message = /<p>(.*?)<\/p>/s.exec(text)?.[1] ?? 'The page has no text.';
  throw Object.assign(new Error(message), { code: String(status), reason: title, metadata: {} });
}

/** The first link of a page to another site. */
const linkIn = ({ text }: Page) => (/<a href="(http[^"]+)"/.exec(text)?.[1] ?? '').replaceAll('&amp;', '&');
