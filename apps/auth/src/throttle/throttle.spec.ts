import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Client } from '@reputable/auth';
import { AuthService } from '@reputable/contracts/auth/v1/auth';
import { createTestDatabase, type Denied, denied, eventually, query, type TestService } from '@reputable/testing';
import { randomUUID } from 'node:crypto';
import { aPerson, type AuthWorld, startOtherAuth } from '../auth.fixture.ts';

type Auth = Client<typeof AuthService>;
type Person = ReturnType<typeof aPerson>;

/** Limits as in production, except where a test would take too long. */
const LIMITS = {
  LIMIT_LOG_IN: '5/900',
  LIMIT_LOG_IN_ADDRESS: '12/900',
  LIMIT_LOG_IN_ACCOUNT: '10/3600',
  LIMIT_REGISTRATION: '6/3600',
  LIMIT_TOKEN: '3/900',
  LIMIT_TOKEN_ADDRESS: '6/900',
};

const WRONG = 'wrong horse battery';

let running: AuthWorld;
let auth: Auth;

beforeAll(async () => {
  running = await startOtherAuth(LIMITS);
  auth = await running.authAs();
});
afterAll(async () => {
  await running.auth.stop();
});

let network = 0;
/** An address without attempts so far. */
function anAddress(): string {
  network += 1;
  return `198.51.${String(network >> 8)}.${String(network & 255)}`;
}

let home: string;
beforeEach(() => {
  home = anAddress();
});

async function aMember(): Promise<Person> {
  const person = { ...aPerson(), address: home };
  await running.join(person);
  return person;
}

/** The outcome: `yes`, or the reason of the error. */
const outcomeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'yes',
    (error: unknown) => (error as Denied).reason,
  );
const outcomesOf = (works: Promise<unknown>[]) => Promise.all(works.map(outcomeOf));

/** Tries wrong passwords, one after the other. Resolves with the outcomes. */
async function guess(person: Person, address: string, times: number): Promise<string[]> {
  const outcomes: string[] = [];
  for (let i = 0; i < times; i += 1) outcomes.push(await outcomeOf(auth.logIn({ ...person, address, password: WRONG })));
  return outcomes;
}

const times = (count: number, outcome: string) => Array.from({ length: count }, () => outcome);
const count = (outcomes: string[], outcome: string) => outcomes.filter((each) => each === outcome).length;

describe('password guesses for one account (A15)', () => {
  it.each([
    ['an existing account', () => aMember()],
    ['an unknown account', () => Promise.resolve(aPerson())],
  ])('for %s end after five wrong passwords from an address; then even the right one is refused', async (_, make) => {
    const person = await make();
    const address = anAddress();
    expect(await guess(person, address, 6)).toEqual([...times(5, 'CREDENTIALS_INVALID'), 'TOO_MANY_ATTEMPTS']);
    const right = auth.logIn({ ...person, address });
    await expect(right).rejects.toMatchObject({
      ...denied('TOO_MANY_ATTEMPTS'),
      metadata: { retryAfter: expect.stringMatching(/^(8\d\d|900)$/) },
    });
    await expect(right).rejects.toThrow(/^Too many attempts\. Try again in \d+ seconds\.$/);
  });

  it('are limited, also if twenty run concurrently', async () => {
    const person = await aMember();
    const address = anAddress();
    const outcomes = await outcomesOf(Array.from({ length: 20 }, () => auth.logIn({ ...person, address, password: WRONG })));
    expect(count(outcomes, 'CREDENTIALS_INVALID')).toBe(5);
    expect(count(outcomes, 'TOO_MANY_ATTEMPTS')).toBe(15);
  });

  it('are limited, also with other spellings of the e-mail or IP address', async () => {
    const person = await aMember();
    const prefix = `2001:db8:${String(network)}:0`;
    const spelt = (i: number) => ({
      ...person,
      password: WRONG,
      email: i % 2 ? person.email.toUpperCase() : ` ${person.email}`,
      address: `${prefix}::${String(i + 1)}`,
    });
    for (let i = 0; i < 5; i += 1) await expect(auth.logIn(spelt(i))).rejects.toMatchObject(denied('CREDENTIALS_INVALID'));
    await expect(auth.logIn(spelt(6))).rejects.toMatchObject(denied('TOO_MANY_ATTEMPTS'));
  });

  it('are counted anew after the right password', async () => {
    const person = await aMember();
    for (let i = 0; i < 3; i += 1) {
      expect(await guess(person, home, 4)).toEqual(times(4, 'CREDENTIALS_INVALID'));
      await auth.logIn(person);
    }
  });

  it('are limited over many addresses, and do not lock the owner out', async () => {
    const person = await aMember();
    for (let i = 0; i < 5; i += 1) expect(await guess(person, anAddress(), 2)).toEqual(times(2, 'CREDENTIALS_INVALID'));
    expect(await guess(person, anAddress(), 1)).toEqual(['TOO_MANY_ATTEMPTS']);
    await auth.logIn(person);
    await auth.logIn(person);
  });

  it('do not count for the account once the address has reached its own limit', async () => {
    const person = await aMember();
    expect(await guess(person, anAddress(), 40)).toEqual([...times(5, 'CREDENTIALS_INVALID'), ...times(35, 'TOO_MANY_ATTEMPTS')]);
    // Five of ten attempts are left.
    await auth.logIn({ ...person, address: anAddress() });
  });
});

describe('one password sprayed over many accounts (A15)', () => {
  it('is limited by address, and does not lock out users who have logged in from there', async () => {
    const person = await aMember();
    const outcomes: string[] = [];
    for (let i = 0; i < 14; i += 1) outcomes.push(await outcomeOf(auth.logIn({ ...aPerson(), address: home })));
    expect(outcomes).toEqual([...times(12, 'CREDENTIALS_INVALID'), ...times(2, 'TOO_MANY_ATTEMPTS')]);
    await auth.logIn(person);
    await auth.logIn({ ...aPerson(), ...person });
  });
});

describe('a known address', () => {
  it('is forgotten after 30 days', async () => {
    const person = await aMember();
    for (let i = 0; i < 5; i += 1) await guess(person, anAddress(), 2);
    await auth.logIn(person);
    await query(running.auth.databaseUrl, "UPDATE known_address SET logged_in_at = now() - interval '31 days'");
    await expect(auth.logIn(person)).rejects.toMatchObject(denied('TOO_MANY_ATTEMPTS'));
  });
});

it('a log-in refused with TOO_BUSY does not count', async () => {
  const people = Array.from({ length: 100 }, () => ({ ...aPerson(), address: anAddress() }));
  const outcomes = await outcomesOf(people.map((person) => auth.logIn(person)));
  const turnedAway = people.find((_, index) => outcomes[index] === 'TOO_BUSY') ?? aPerson();
  expect(outcomes).toContain('TOO_BUSY');
  expect(await guess(turnedAway, turnedAway.address, 5)).toEqual(times(5, 'CREDENTIALS_INVALID'));
});

describe('registrations', () => {
  it('are limited by address, those of taken e-mail addresses included', async () => {
    for (let i = 0; i < 3; i += 1) {
      await auth.register(await aMember());
      await auth.register({ ...aPerson(), address: home });
    }
    const refused = auth.register({ ...aPerson(), address: home });
    await expect(refused).rejects.toMatchObject({
      ...denied('TOO_MANY_ATTEMPTS'),
      metadata: { retryAfter: expect.stringMatching(/^3[56]\d\d$/) },
    });
    await auth.register({ ...aPerson(), address: anAddress() });
  });

  it('send three mails to one e-mail address, with an account or without, and count no further', async () => {
    for (const person of [await aMember(), { ...aPerson(), address: anAddress() }]) {
      for (let i = 0; i < 3; i += 1) await auth.register(person);
      for (let i = 0; i < 4; i += 1) await expect(auth.register(person)).rejects.toMatchObject(denied('TOO_MANY_ATTEMPTS'));
      for (let i = 0; i < 3; i += 1) await auth.register({ ...aPerson(), address: person.address });
    }
  });
});

describe('refreshes', () => {
  const refresh = (refreshToken: string, address: string) => outcomeOf(auth.refresh({ refreshToken, address }));

  it('with one invalid token are limited to three by address, and do not affect other tokens', async () => {
    const outcomes: string[] = [];
    for (let i = 0; i < 4; i += 1) outcomes.push(await refresh('x'.repeat(43), home));
    expect(outcomes).toEqual([...times(3, 'REFRESH_TOKEN_INVALID'), 'TOO_MANY_ATTEMPTS']);
    expect(await refresh('x'.repeat(43), anAddress())).toBe('REFRESH_TOKEN_INVALID');
  });

  it('with any invalid tokens are limited to six by address', async () => {
    const outcomes: string[] = [];
    for (let i = 0; i < 7; i += 1) outcomes.push(await refresh(randomUUID(), home));
    expect(outcomes).toEqual([...times(6, 'REFRESH_TOKEN_INVALID'), 'TOO_MANY_ATTEMPTS']);
  });

  it('with valid tokens do not count', async () => {
    let { tokens } = await running.join({ ...aPerson(), address: home });
    for (let i = 0; i < 10; i += 1) tokens = (await auth.refresh({ refreshToken: tokens?.refreshToken ?? '', address: home })).tokens;
  });
});

describe('the limits', () => {
  it('apply to two replicas together', async () => {
    const settings = await running.world.settings('auth');
    const other: TestService = await running.world.start('auth', {
      ...running.auth.settings,
      ...{ GRPC_PORT: '0', PORT: '0', TLS_DIR: settings.TLS_DIR ?? '', DATABASE_URL: running.auth.databaseUrl },
    });
    const replicas = [auth, await running.world.client(AuthService, other)];
    const person = await aMember();
    const tries = Array.from(
      { length: 20 },
      (_, i) => replicas[i % 2]?.logIn({ ...person, password: WRONG }) ?? Promise.reject(new Error()),
    );
    const outcomes = await outcomesOf(tries);
    expect(count(outcomes, 'CREDENTIALS_INVALID')).toBe(5);
    await other.stop();
  });

  it('survive a restart', async () => {
    const person = await aMember();
    await guess(person, home, 5);
    running.auth = await running.world.restart(running.auth);
    auth = await running.authAs();
    await eventually(() => expect(auth.logIn(person)).rejects.toMatchObject(denied('TOO_MANY_ATTEMPTS')));
  });

  it('end after their period, and expired counts are deleted', async () => {
    const database = await createTestDatabase('auth');
    const short = await running.world.start('auth', {
      ...running.auth.settings,
      ...{ GRPC_PORT: '0', PORT: '0', DATABASE_URL: database, LIMIT_LOG_IN: '1/4' },
    });
    const shortAuth = await running.world.client(AuthService, short);
    const somebody = aPerson();
    await expect(shortAuth.logIn(somebody)).rejects.toMatchObject(denied('CREDENTIALS_INVALID'));
    await expect(shortAuth.logIn(somebody)).rejects.toMatchObject(denied('TOO_MANY_ATTEMPTS'));
    await eventually(() => expect(shortAuth.logIn(somebody)).rejects.toMatchObject(denied('CREDENTIALS_INVALID')), 5_000);
    await short.stop();
    await query(database, "INSERT INTO known_address VALUES ('old', now() - interval '31 days'), ('new', now())");
    await query(database, 'UPDATE attempt SET expire = 1');
    const again = await running.world.start('auth', { ...short.settings, DATABASE_URL: database });
    await eventually(async () => {
      expect(await query(database, 'SELECT key FROM attempt')).toEqual([]);
      expect(await query(database, 'SELECT key FROM known_address')).toEqual([{ key: 'new' }]);
    });
    await again.stop();
  });
});

it('the tables contain neither e-mail nor IP addresses', async () => {
  const person = await aMember();
  await guess(person, home, 1);
  const rows = await query<{ key: string }>(running.auth.databaseUrl, 'SELECT key FROM attempt UNION ALL SELECT key FROM known_address');
  expect(rows.length).toBeGreaterThan(3);
  for (const { key } of rows) expect(key).toMatch(/^([a-z-]+:)?[\w-]{43}$/);
});
