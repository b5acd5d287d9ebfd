import { eventually } from '@reputable/cli';
import { Browser, Person, Refused, type System } from '@reputable/dev';
import { query } from '@reputable/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Report, Storm, StormOptions } from './report.ts';
import type { StormWorld } from './storm-world.ts';

/** The number of sessions of each way in. Each refreshes in turn. */
const SESSIONS = 10;

/** The longest pause between two breaks of the connections from the gateway to auth, in milliseconds, and the number of breaks a round. */
const [MAX_BREAK_MS, BREAKS] = [40, 15];

/** Longer than REFRESH_RETRY_S is by default, in milliseconds. */
const TOO_LATE_MS = 11_000;

/** The time after which auth no longer works on a request whose client has gone: DEADLINE_MS of the gateway by default, in milliseconds. */
const GIVEN_UP_MS = 2_000;

/** The time for a request to succeed after the last break, or for a refresh or a log-in, in milliseconds. */
const PATIENCE_MS = 60_000;

/** The reasons of a refusal after the end of a session. */
const ENDED = new Set(['REFRESH_TOKEN_INVALID', 'REFRESH_TOKEN_REUSED']);

const REFRESH = 'mutation ($token: String!) { refresh(refreshToken: $token) { accessToken } }';

/** Loses the answers to half of the refreshes in GraphQL, and to half at the gateway. Then uses refresh tokens again, too late. */
export const run: Storm['run'] = (world, options) => refreshes(world, options, TOO_LATE_MS);

/** @param tooLateMs the time after which a second use of a token ends its session; with 0, after its successor has been used */
export async function refreshes(world: StormWorld, { count }: Pick<StormOptions, 'count'>, tooLateMs: number): Promise<Report> {
  const people: Person[] = [];
  while (people.length < SESSIONS) people.push(await Person.join(world.system, `Refresh ${String(people.length)}`));
  const browsers = await Promise.all(people.map((person) => logIn(world.system, person)));
  const inGraphQL = await loseInGraphQL(world, people, Math.ceil(count / 2));
  const atGateway = await loseAtGateway(world, browsers, Math.floor(count / 2));
  const stolen = (await Promise.all(people.map((person) => endsByTheft(person, tooLateMs)))).filter(Boolean).length;
  return {
    rows: [
      ['refreshes in GraphQL whose client closed the connection', inGraphQL.refreshes],
      ['of these, closed before the answer', inGraphQL.lost],
      ['sessions that this ended', inGraphQL.ended.length],
      ['refreshes of browser sessions during breaks of the connection from gateway to auth', atGateway.refreshes],
      ['of these, not answered', atGateway.lost],
      ['browser sessions that this ended', atGateway.ended.length],
      ['refresh tokens that were used again, too late', people.length],
      ['sessions that this ended, as it should', stolen],
    ],
    faults: [
      ...(inGraphQL.lost === 0 || atGateway.lost === 0 ? ['No answer was lost in one of the two ways.'] : []),
      ...[...inGraphQL.ended, ...atGateway.ended].map((reason) => `A lost answer ended a session: ${reason}.`),
      ...(stolen < people.length ? [`Of ${String(people.length)} stolen tokens, ${String(stolen)} ended their session.`] : []),
    ],
  };
}

/** The refreshes of one way in. */
interface Losses {
  readonly refreshes: number;
  readonly lost: number;
  /** The reasons for which sessions ended. */
  readonly ended: readonly string[];
}

async function loseInGraphQL({ system, random }: StormWorld, people: readonly Person[], count: number): Promise<Losses> {
  const ended: string[] = [];
  const each = Math.ceil(count / people.length);
  let lost = 0;
  const refresh = async (person: Person) => {
    const reason = await refusalOf(person);
    if (reason === undefined) return;
    ended.push(reason);
    await eventually(() => person.logIn(), PATIENCE_MS);
  };
  const loseAndRefresh = async (person: Person) => {
    let durationMs = 0;
    for (let n = 0; n < each; n += 1) {
      // Before, during or after the refresh.
      const isLost = !(await isAnswered(system.urls.graphql, person.session.refreshToken, random.between(0, 1.5 * durationMs)));
      const began = performance.now();
      await refresh(person);
      durationMs = performance.now() - began;
      if (!isLost) continue;
      lost += 1;
      // The lost request may still be on its way. With the next token already used, it would look like a thief's.
      await sleep(GIVEN_UP_MS);
    }
    // Shows what the last lost answer has ended.
    await refresh(person);
  };
  await Promise.all(people.map(loseAndRefresh));
  return { refreshes: each * people.length, lost, ended };
}

/** Refreshes, and tries again after an answer that says nothing about the session. Returns the reason of a refusal after its end. */
const refusalOf = (person: Person): Promise<string | undefined> =>
  eventually(async () => {
    try {
      await person.refresh();
      return undefined;
    } catch (error) {
      const reason = reasonOf(error);
      if (!ENDED.has(reason)) throw error;
      return reason;
    }
  }, PATIENCE_MS);

/** Sends a refresh, and closes the connection after a time. */
function isAnswered(url: string, token: string, afterMs: number): Promise<boolean> {
  const body = JSON.stringify({ query: REFRESH, variables: { token } });
  const signal = AbortSignal.timeout(Math.ceil(afterMs));
  const answer = fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body, signal }).then((response) =>
    response.text(),
  );
  return answer.then(
    () => true,
    () => false,
  );
}

/** Makes all browser sessions refresh at once, again and again, and breaks the connections from the gateway to auth meanwhile. */
async function loseAtGateway(world: StormWorld, browsers: readonly Browser[], count: number): Promise<Losses> {
  const ended: string[] = [];
  const rounds = Math.ceil(count / browsers.length);
  let lost = 0;
  for (let round = 0; round < rounds; round += 1) {
    await forgetAccessTokens(world.system);
    const first = browsers.map((browser) => statusOf(browser, world.system));
    await breakConnections(world);
    lost += (await Promise.all(first)).filter((status) => status !== 200).length;
    const again = browsers.map(async (browser) => {
      await eventually(async () => {
        const status = await statusOf(browser, world.system);
        if (status === 401) ended.push(`browser session, round ${String(round)}`);
        else if (status !== 200) throw new Error(`The gateway answers ${String(status)} after the last break.`);
      }, PATIENCE_MS);
    });
    await Promise.all(again);
    if (ended.length > 0) break;
  }
  return { refreshes: rounds * browsers.length, lost, ended };
}

/** Deletes the access tokens, and starts a gateway that has none in its cache: the next request of each browser refreshes. */
async function forgetAccessTokens(system: System): Promise<void> {
  await query(system.databaseUrl('auth'), `DELETE FROM oauth_record WHERE model = 'AccessToken'`);
  await system.restart('gateway');
}

async function breakConnections({ relay, random }: StormWorld): Promise<void> {
  for (let n = 0; n < BREAKS; n += 1) {
    await sleep(random.between(0, MAX_BREAK_MS));
    relay.down();
    await relay.up();
  }
}

async function logIn({ urls }: System, { credentials }: Person): Promise<Browser> {
  const browser = new Browser();
  await browser.submit(await browser.open(`${urls.origin}/auth/login?returnTo=/account`), credentials);
  return browser;
}

/** The status of a request with the cookie; 0 without an answer. */
async function statusOf(browser: Browser, { urls }: System): Promise<number> {
  const headers = { 'content-type': 'application/json', 'x-reputable-csrf': '1' };
  const page = browser.open(`${urls.origin}/graphql`, { method: 'POST', headers, body: '{"query":"{ me { id } }"}' });
  return page.then(
    ({ status, text }) => (status === 200 && text.includes('"errors"') ? 500 : status),
    () => 0,
  );
}

/** Whether the second use of a refresh token ends its session. */
async function endsByTheft(person: Person, tooLateMs: number): Promise<boolean> {
  const { session: stolen } = person;
  const before = [await refusalOf(person)];
  if (tooLateMs === 0) before.push(await refusalOf(person));
  else await sleep(tooLateMs);
  const { session: owned } = person;
  person.session = stolen;
  const thief = await refusalOf(person);
  person.session = owned;
  const owner = await refusalOf(person);
  return before.every((reason) => reason === undefined) && thief !== undefined && owner === 'REFRESH_TOKEN_INVALID';
}

const reasonOf = (error: unknown) => (error instanceof Refused ? error.reason : String(error));
