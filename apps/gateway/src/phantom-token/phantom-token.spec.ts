import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Code, DomainError } from '@reputable/errors';
import { aUser, eventually, type RunningService, TestWorld } from '@reputable/testing';
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { asking } from '../testing/ask.ts';

/** Nothing listens there: an accepted request that calls a service ends with UNAVAILABLE. */
const NOWHERE = 'localhost:1';
const POST_ID = '0199a0a0-0000-7000-8000-000000000000';

let world: TestWorld;
let gateway: RunningService;
let ask: ReturnType<typeof asking>;

beforeAll(async () => {
  world = await TestWorld.create();
  gateway = await world.start('gateway', { USER_URL: NOWHERE, POST_URL: NOWHERE, COMMENT_URL: NOWHERE });
  ask = asking(gateway.ports.http);
});
afterAll(() => world.end());

beforeEach(() => {
  Object.assign(world.exchange, { delayMs: 0, hold: undefined, lifetimeS: 60, refusal: undefined });
});

/** The outcome of an empty query with a token. */
const show = (token: string) => outcomeOf('{ __typename }', token);

/** The outcome of a mutation with a token. All users here have too little reputation for it. */
const change = (token: string) => outcomeOf(`mutation { downvotePost(id: "${POST_ID}") { id } }`, token);

async function outcomeOf(document: string, token: string): Promise<string | undefined> {
  const { status, errors } = await ask(document, { token });
  const { code, reason } = errors[0]?.extensions ?? {};
  return errors[0] ? `${String(status)} ${String(code)} ${String(reason)}` : undefined;
}

/** The reputation in the token's claims, from the refusal of a downvote. All users here have too little for one. */
async function reputationIn(token: string): Promise<number> {
  const { errors } = await ask(`mutation { downvotePost(id: "${POST_ID}") { id } }`, { token });
  return Number(errors[0]?.extensions.metadata.actual);
}

const YES = undefined;
const INVALID = '401 UNAUTHENTICATED TOKEN_INVALID';
const AWAY = '503 UNAVAILABLE SERVICE_UNAVAILABLE';
const TOO_LOW = '200 PERMISSION_DENIED REPUTATION_TOO_LOW';

/** Holds all exchanges that read the user from now on. Returns a function that lets them go. */
function holdExchanges(): () => void {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  world.exchange.hold = promise;
  return () => {
    world.exchange.hold = undefined;
    resolve(undefined);
  };
}

/** Returns a function that resolves when the gateway has applied all updates of the stream: the end of a session, which follows them, shows it. */
async function aWitness(): Promise<() => Promise<void>> {
  const sessionId = randomUUID();
  const token = world.opaque(aUser(), { sessionId });
  expect(await change(token)).toBe(TOO_LOW);
  return async () => {
    world.revocations.revoke('session', sessionId);
    await eventually(async () => expect(await change(token)).not.toBe(TOO_LOW));
  };
}

describe('an opaque token', () => {
  it('is exchanged once for 100 concurrent first requests', async () => {
    // More do not meet their deadlines on a busy machine.
    const token = world.opaque(aUser());
    world.exchange.delayMs = 200;
    const outcomes = await Promise.all(Array.from({ length: 100 }, () => show(token)));
    expect(new Set(outcomes)).toEqual(new Set([YES]));
    expect(world.exchange.countOf(token)).toBe(1);
  });

  it('is exchanged for a JWT for every service, with the gateway as actor', async () => {
    const token = world.opaque(aUser());
    await show(token);
    expect(world.exchange.requests.at(-1)).toMatchObject({
      subjectToken: token,
      audience: ['gateway', 'auth', 'user', 'post', 'comment'],
    });
  });

  it('needs no further call to auth', async () => {
    const tokens = Array.from({ length: 10 }, () => world.opaque(aUser()));
    await Promise.all(tokens.map(show));
    const before = world.exchange.requests.length;
    for (let round = 0; round < 100; round += 1) expect(await Promise.all(tokens.map(show))).toEqual(tokens.map(() => YES));
    expect(world.exchange.requests).toHaveLength(before);
  });

  it('unknown to auth is refused every time', async () => {
    const token = randomBytes(32).toString('base64url');
    expect([await show(token), await show(token)]).toEqual([INVALID, INVALID]);
    expect(world.exchange.countOf(token)).toBe(2);
  });

  it('keeps its own user next to other tokens', async () => {
    const [ada, bob] = [world.opaque(aUser({ reputation: 11 })), world.opaque(aUser({ reputation: 22 }))];
    expect(await Promise.all([ada, bob, ada, bob].map(reputationIn))).toEqual([11, 22, 11, 22]);
  });

  it('is renewed in the background while in use', async () => {
    const token = world.opaque(aUser());
    world.exchange.lifetimeS = 8;
    await show(token);
    for (const before of [1, 2]) {
      const release = holdExchanges();
      // The next exchange begins after half of the JWT's life. A change that waited for it would fail.
      while (world.exchange.countOf(token) === before) {
        expect(await change(token)).toBe(TOO_LOW);
        await sleep(50);
      }
      expect(await change(token)).toBe(TOO_LOW);
      release();
    }
    expect(world.exchange.countOf(token)).toBe(3);
  });

  it('is not renewed while unused, and exchanged again on its next use', async () => {
    const token = world.opaque(aUser());
    world.exchange.lifetimeS = 2;
    await show(token);
    await sleep(2_500);
    expect(world.exchange.countOf(token)).toBe(1);
    expect(await show(token)).toBe(YES);
    expect(world.exchange.countOf(token)).toBe(2);
  });

  it('expires even if its JWT has not', async () => {
    const expiresAt = Date.now() + 3_000;
    const token = world.opaque(aUser(), { expiresAt });
    expect(await show(token)).toBe(YES);
    await sleep(expiresAt + 100 - Date.now());
    expect(await show(token)).toBe(INVALID);
  });

  it('is refused at once after its session ends', async () => {
    const sessionId = randomUUID();
    const [token, other] = [world.opaque(aUser(), { sessionId }), world.opaque(aUser())];
    expect([await show(token), await show(other)]).toEqual([YES, YES]);
    world.revocations.revoke('session', sessionId);
    await eventually(async () => {
      expect(await show(token)).toBe(INVALID);
    }, 1_000);
    expect(await show(other)).toBe(YES);
    expect(world.exchange.countOf(other)).toBe(1);
  });

  it('of a suspended user is refused with that reason', async () => {
    const user = aUser();
    const token = world.opaque(user);
    expect(await show(token)).toBe(YES);
    world.revocations.revoke('user', user.id);
    world.exchange.refusal = new DomainError(Code.PERMISSION_DENIED, 'USER_SUSPENDED', 'Suspended.', {}, 'reputable.auth.v1');
    await eventually(async () => {
      expect(await show(token)).toBe('403 PERMISSION_DENIED USER_SUSPENDED');
    }, 1_000);
  });

  it('is exchanged again if the JWT is revoked, for example after a change of roles', async () => {
    const user = aUser({ reputation: 11 });
    const token = world.opaque(user);
    expect(await reputationIn(token)).toBe(11);
    world.exchange.change({ ...user, reputation: 12 });
    world.revocations.revoke('user', user.id);
    await eventually(async () => {
      expect(await reputationIn(token)).toBe(12);
    }, 2_500);
    // Three if the exchange crosses the revocation: then the gateway repeats it once.
    expect([2, 3]).toContain(world.exchange.countOf(token));
  });

  it('is exchanged once more if the new JWT is revoked during the exchange', async () => {
    const [user, updatesApplied] = [aUser(), await aWitness()];
    const token = world.opaque(user);
    const release = holdExchanges();
    const shown = show(token);
    await eventually(() => {
      expect(world.exchange.countOf(token)).toBe(1);
    });
    world.revocations.revoke('user', user.id);
    await updatesApplied();
    release();
    expect(await shown).toBe(YES);
    expect(world.exchange.countOf(token)).toBe(2);
  });

  it('refused by auth is removed from the cache, even if the JWT is not revoked', async () => {
    const token = world.opaque(aUser());
    world.exchange.lifetimeS = 8;
    const began = Date.now();
    await show(token);
    world.exchange.refusal = new DomainError(Code.UNAUTHENTICATED, 'TOKEN_INVALID', 'No more.');
    await eventually(async () => {
      expect(await show(token)).toBe(INVALID);
    });
    // The JWT lives in whole seconds.
    expect(Date.now() - began).toBeLessThan(7_000);
  });
});

describe('fresh claims', () => {
  it('apply to the next request after the change, with one exchange', async () => {
    const user = aUser({ reputation: 11 });
    const [token, other] = [world.opaque(user), world.opaque(aUser())];
    await Promise.all([show(token), show(other)]);
    expect(await reputationIn(token)).toBe(11);
    world.exchange.change({ ...user, reputation: 21 });
    world.revocations.announce(user.id);
    await eventually(async () => {
      expect(await reputationIn(token)).toBe(21);
    }, 1_000);
    for (let i = 0; i < 10; i += 1) await reputationIn(token);
    expect([world.exchange.countOf(token), world.exchange.countOf(other)]).toEqual([2, 1]);
  });

  it('do not come from an exchange that began before the change and ended after it', async () => {
    const [user, updatesApplied] = [aUser({ reputation: 11 }), await aWitness()];
    const token = world.opaque(user);
    const release = holdExchanges();
    const asked = reputationIn(token);
    await eventually(() => {
      expect(world.exchange.countOf(token)).toBe(1);
    });
    world.exchange.change({ ...user, reputation: 21 });
    world.revocations.announce(user.id);
    await updatesApplied();
    const askedAgain = reputationIn(token);
    release();
    expect(await Promise.all([asked, askedAgain])).toEqual([21, 21]);
    expect(world.exchange.countOf(token)).toBe(2);
  });

  it('are fetched again once for every user after the stream may have missed changes', async () => {
    const tokens = [world.opaque(aUser()), world.opaque(aUser())];
    const counts = () => tokens.map((token) => world.exchange.countOf(token));
    await Promise.all(tokens.map(show));
    world.revocations.cut();
    await eventually(async () => {
      await Promise.all(tokens.map(show));
      expect(counts()).toEqual([2, 2]);
    }, 3_000);
    for (let i = 0; i < 10; i += 1) await Promise.all(tokens.map(show));
    expect(counts()).toEqual([2, 2]);
  });

  it('are replaced by the stale ones while auth is down', async () => {
    const [user, updatesApplied] = [aUser({ reputation: 11 }), await aWitness()];
    const token = world.opaque(user);
    await show(token);
    world.exchange.refusal = new DomainError(Code.INTERNAL, 'INTERNAL', 'Broken.');
    world.revocations.announce(user.id);
    await updatesApplied();
    expect(world.exchange.countOf(token)).toBe(1);
    const began = performance.now();
    for (let i = 0; i < 10; i += 1) expect(await reputationIn(token)).toBe(11);
    const seconds = Math.floor((performance.now() - began) / 1_000);
    expect(world.exchange.countOf(token)).toBeGreaterThanOrEqual(2);
    // A failure is not repeated within a second.
    expect(world.exchange.countOf(token)).toBeLessThanOrEqual(2 + seconds);
    world.exchange.refusal = undefined;
    world.exchange.change({ ...user, reputation: 12 });
    await eventually(async () => {
      expect(await reputationIn(token)).toBe(12);
    }, 3_000);
  });
});

describe('while auth is down', () => {
  afterEach(() => world.auth.up());

  it('a cached token works until its JWT expires, then the status of a change is 503, never 401, until auth is back', async () => {
    const [token, unknown] = [world.opaque(aUser()), world.opaque(aUser())];
    world.exchange.lifetimeS = 4;
    const endOf = (issuedAt: number) => (Math.floor(issuedAt / 1_000) + 4) * 1_000;
    const earliest = endOf(Date.now());
    expect(await change(token)).toBe(TOO_LOW);
    const latest = endOf(Date.now());
    world.auth.down();
    const seen = new Set<string | undefined>();
    let servedLast = 0;
    await eventually(async () => {
      const sentAt = Date.now();
      const outcome = await change(token);
      seen.add(outcome);
      if (outcome === TOO_LOW) servedLast = sentAt;
      expect(outcome).toBe(AWAY);
    });
    expect(seen).toEqual(new Set([TOO_LOW, AWAY]));
    expect(Date.now()).toBeGreaterThanOrEqual(earliest);
    expect(servedLast).toBeLessThanOrEqual(latest);
    expect(await change(unknown)).toBe(AWAY);
    await world.auth.up();
    await eventually(async () => {
      expect([await change(token), await change(unknown)]).toEqual([TOO_LOW, TOO_LOW]);
    });
  });

  it('a read with a token that cannot be exchanged is served without a user, and what needs the user fails, but not with 401', async () => {
    const token = world.opaque(aUser());
    world.auth.down();
    expect(await show(token)).toBe(YES);
    expect(await outcomeOf('{ me { id } }', token)).toBe('200 UNAVAILABLE SERVICE_UNAVAILABLE');
    for (const document of [`query A { __typename } mutation B { logOut }`, '{', 'subscription { a }'])
      expect(await outcomeOf(document, token)).toBe(AWAY);
    for (const [method, path] of [
      ['GET', '/me'],
      ['DELETE', `/posts/${POST_ID}`],
    ] as const) {
      const url = `http://127.0.0.1:${String(gateway.ports.http)}/api/v1${path}`;
      expect((await fetch(url, { method, headers: { authorization: `Bearer ${token}` } })).status).toBe(503);
    }
    await world.auth.up();
    await eventually(async () => {
      expect(await change(token)).toBe(TOO_LOW);
    });
  });

  it('a read with an invalid token is still refused', async () => {
    expect(await show(randomBytes(32).toString('base64url'))).toBe(INVALID);
    expect(await show('no-token')).toBe(INVALID);
    world.auth.down();
    expect(await show('no-token')).toBe(INVALID);
  });
});

it('while auth has too many calls, a read is served without a user, and a change gets 503 with Retry-After', async () => {
  world.exchange.refusal = new DomainError(Code.RESOURCE_EXHAUSTED, 'OVERLOADED', 'Too many calls at once.', { retryAfter: '1' });
  const token = world.opaque(aUser());
  expect([await show(token), await change(token)]).toEqual([YES, '503 RESOURCE_EXHAUSTED OVERLOADED']);
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ query: 'mutation { logOut }' });
  const response = await fetch(`http://127.0.0.1:${String(gateway.ports.http)}/graphql`, { method: 'POST', headers, body });
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
});

it('tokens do not appear in the log (A20)', async () => {
  const tokens = [world.opaque(aUser()), randomBytes(32).toString('base64url')];
  await Promise.all(tokens.map(show));
  for (const token of tokens) expect(gateway.log()).not.toContain(token);
});
