import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { denied, eventually, query } from '@reputable/testing';
import { settings } from '@reputable/testing/property';
import fc from 'fast-check';
import { decodeJwt } from 'jose';
import { aPerson, sharedAuthWorld } from '../auth.fixture.ts';
import { API, type Application, basic, type OAuthWorld, openOAuthWorld } from '../oauth.fixture.ts';

/** The time in which a refresh token can be used again, in seconds: the default of REFRESH_RETRY_S. */
const RETRY_S = 10;

let running: OAuthWorld;
let application: Application;

beforeAll(async () => {
  running = await openOAuthWorld(await sharedAuthWorld());
  application = await running.application();
});
afterAll(() => running.end());

/** The tokens of one answer. */
interface Pair {
  readonly access: string;
  readonly refresh: string;
}

/** A session of a client. */
interface Session {
  readonly id: string;
  readonly first: Pair;
  /** Uses a refresh token. Undefined: it is refused. */
  readonly use: (token: string) => Promise<Pair | undefined>;
}

async function sessionOf(first: Pair, use: Session['use']): Promise<Session> {
  return { id: String(decodeJwt(await running.exchange(first.access))['sid']), first, use };
}

/** A session of the first-party client. */
async function ofFirstParty(): Promise<Session> {
  const auth = await running.authAs();
  const pairOf = (tokens?: { accessToken: string; refreshToken: string }) => ({
    access: tokens?.accessToken ?? '',
    refresh: tokens?.refreshToken ?? '',
  });
  const use = async (refreshToken: string) => {
    const answer = await auth.refresh({ refreshToken, address: '192.0.2.1' }).catch((error: unknown) => error as { reason: string });
    if (!('reason' in answer)) return pairOf(answer.tokens);
    expect(['REFRESH_TOKEN_REUSED', 'REFRESH_TOKEN_INVALID', 'TOO_MANY_ATTEMPTS']).toContain(answer.reason);
    return undefined;
  };
  return sessionOf(pairOf((await running.join(aPerson())).tokens), use);
}

/** A session of an OAuth client with a secret. */
async function ofApplication(): Promise<Session> {
  const tokens = await application.logIn(running.browser(), await running.person());
  const use = async (token: string) => {
    const form = { grant_type: 'refresh_token', refresh_token: token, resource: API };
    const { status, body } = await running.post('/token', form, basic(application));
    if (status === 200) return { access: String(body['access_token']), refresh: String(body['refresh_token']) };
    expect([status, body.error]).toEqual([400, 'invalid_grant']);
    return undefined;
  };
  return sessionOf({ access: tokens.access_token, refresh: tokens.refresh_token ?? '' }, use);
}

/** What docs/tokens.md promises about a session. */
interface Model {
  /** The answers so far. The refresh token of the last one is unused, those of the others have been used, one after the other. */
  readonly answers: Pair[];
  /** How many of the used tokens were used so long ago that a second use is no retry. */
  tooOld: number;
  ended: 'used_twice' | 'logged_out' | null;
}

type Command = fc.AsyncCommand<Model, Session>;

const last = ({ answers }: Model) => answers[answers.length - 1] as Pair;

/** The second use of this token gets the tokens of the first: it was used a moment ago, and the token after it was not used. */
const isRetry = ({ answers, tooOld, ended }: Model, index: number) => ended === null && index === answers.length - 2 && index >= tooOld;

/** The index of a used token, as a share of all. */
const used = ({ answers }: Model, at: number) => Math.floor(at * (answers.length - 1));

const endIn = ({ id }: Session) => running.endOf(id);

/** Checks the state in the database and the access token against the model. */
async function expectAsPromised(model: Model, session: Session): Promise<void> {
  expect(await endIn(session)).toBe(model.ended);
  const [row] = await query<{ unused: number }>(
    running.auth.databaseUrl,
    "SELECT count(*)::int AS unused FROM oauth_record WHERE model = 'RefreshToken' AND grant_id = $1 AND consumed_at IS NULL",
    [session.id],
  );
  expect(row?.unused).toBe(model.ended === null ? 1 : 0);
  const exchanged = running.exchange(last(model).access);
  if (model.ended === null) expect(decodeJwt(await exchanged)['sid']).toBe(session.id);
  else await expect(exchanged).rejects.toMatchObject(denied('TOKEN_INVALID'));
}

const command = (name: string, run: Command['run'], check: Command['check'] = () => true): Command => ({
  check,
  run: async (model, session) => {
    await run(model, session);
    await expectAsPromised(model, session);
  },
  toString: () => name,
});

/** The unused token is used, by several at once: two tabs, or a client that tries again. One answer for all. */
const refresh = (times: number) =>
  command(`refresh ${String(times)} times at once`, async (model, { use }) => {
    const answers = await Promise.all(Array.from({ length: times }, () => use(last(model).refresh)));
    const [first] = answers;
    expect(answers).toEqual(answers.map(() => first));
    expect(first === undefined).toBe(model.ended !== null);
    if (first) model.answers.push(first);
  });

/** A used token is used again: a lost answer, if it is the last one and was used a moment ago; otherwise a stolen token. */
const useAgain = (at: number) =>
  command(
    `use again ${at.toFixed(2)}`,
    async (model, { use }) => {
      const index = used(model, at);
      const answer = await use(model.answers[index]?.refresh ?? '');
      if (isRetry(model, index)) expect(answer).toMatchObject(last(model));
      else expect(answer).toBeUndefined();
      if (answer === undefined) model.ended ??= 'used_twice';
    },
    ({ answers }) => answers.length > 1,
  );

/** The owner uses the unused token while a thief uses an earlier one. Nobody gets two sessions of it: the thief gets nothing new, or nothing. */
const race = (at: number) =>
  command(
    `owner and thief at once ${at.toFixed(2)}`,
    async (model, session) => {
      const index = used(model, at);
      const [before, mayRetry] = [last(model), isRetry(model, index)];
      const [owner, thief] = await Promise.all([before.refresh, model.answers[index]?.refresh ?? ''].map(session.use));
      if (owner) model.answers.push(owner);
      if (mayRetry && thief) expect(thief).toMatchObject(before);
      else expect(thief).toBeUndefined();
      if (thief === undefined) model.ended ??= 'used_twice';
    },
    ({ answers }) => answers.length > 1,
  );

const wait = command('wait', async (model, { id }) => {
  const past =
    "UPDATE oauth_record SET consumed_at = consumed_at - make_interval(secs => $2) WHERE model = 'RefreshToken' AND grant_id = $1";
  await query(running.auth.databaseUrl, past, [id, RETRY_S + 1]);
  model.tooOld = model.answers.length - 1;
});

const logOut = command(
  'log out',
  async (model) => {
    await (await running.authAs({ token: await running.exchange(last(model).access) })).logOut({});
    model.ended = 'logged_out';
  },
  ({ ended }) => ended === null,
);

/** Runs `work` while each new refresh token of the session takes half a second to store. */
async function slowly({ id }: Session, work: () => Promise<void>): Promise<void> {
  const { databaseUrl } = running.auth;
  await query(
    databaseUrl,
    'CREATE FUNCTION slow_insert() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.5); RETURN NEW; END $$',
  );
  const when = `NEW.model = 'RefreshToken' AND NEW.grant_id = '${id}'`;
  await query(
    databaseUrl,
    `CREATE TRIGGER slow_insert BEFORE INSERT ON oauth_record FOR EACH ROW WHEN (${when}) EXECUTE FUNCTION slow_insert()`,
  );
  try {
    await work();
  } finally {
    await query(databaseUrl, 'DROP FUNCTION slow_insert CASCADE');
  }
}

/** How many connections of the database sleep. */
async function sleeping(): Promise<number | undefined> {
  const sql = "SELECT count(*)::int AS sleeping FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";
  return (await query<{ sleeping: number }>(running.auth.databaseUrl, sql))[0]?.sleeping;
}

const at = fc.double({ min: 0, max: 0.999, noNaN: true });

const commands = fc.commands(
  [
    fc.integer({ min: 1, max: 4 }).map(refresh),
    fc.integer({ min: 1, max: 2 }).map(refresh),
    at.map(useAgain),
    fc.constant(0.999).map(useAgain),
    at.map(race),
    fc.constant(wait),
    fc.nat(3).map((n) => (n === 0 ? logOut : refresh(1))),
  ],
  { maxCommands: 10 },
);

describe.each([
  ['our own client', ofFirstParty, 12],
  ['an OAuth client', ofApplication, 6],
])('the refresh tokens of %s', (_, begin, runs) => {
  it('are as docs/tokens.md promises, in whatever order they are used, lost and stolen', async () => {
    const isAsPromised = async (steps: Iterable<Command>) => {
      const session = await begin();
      await fc.asyncModelRun(() => ({ model: { answers: [session.first], tooOld: 0, ended: null }, real: session }), steps);
    };
    await fc.assert(fc.asyncProperty(commands, isAsPromised), settings(runs));
  });

  it('go with a session that ends while its unused token is used', async () => {
    const session = await begin();
    const model: Model = { answers: [session.first], tooOld: 0, ended: null };
    await refresh(1).run(model, session);
    await wait.run(model, session);
    await slowly(session, async () => {
      const owner = session.use(last(model).refresh);
      await eventually(async () => expect(await sleeping()).toBe(1));
      expect(await session.use(session.first.refresh)).toBeUndefined();
      model.ended = 'used_twice';
      await owner;
    });
    await expectAsPromised(model, session);
  });
});
