import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GRPC_SERVICES } from '@reputable/contracts/registry';
import { startSystem, type System, Person, type Refused } from '@reputable/dev';
import { denied, eventually, PATIENCE, PATIENT, query, TokenProbe } from '@reputable/testing';
import { decodeJwt } from 'jose';
import { randomUUID } from 'node:crypto';
import { Load } from './load.ts';
import { everywhere, SESSION_ENDED } from './outcome.ts';

/** The grace: how long these services accept tokens without revocation updates. */
const GRACE_S = 8;

/** The limit for a revocation to take effect, in milliseconds. `npm run bench -- revoke` measures the real time. */
const BOUND_MS = 3_000;

let system: System;
let probe: TokenProbe;
beforeAll(async () => {
  system = await startSystem({
    env: { all: { LOG_LEVEL: 'fatal', NODE_ENV: 'production', ...PATIENT, REVOCATION_GRACE_S: String(GRACE_S) } },
  });
  probe = await TokenProbe.open(system);
});
afterAll(async () => {
  probe.close();
  await system.stop();
});

const readiness = async () => (await fetch(`http://localhost:${String(system.ports.gateway)}/health/ready`)).json();

/** The HTTP status of a request that needs no user, with this token. */
async function statusWith(token: string | undefined): Promise<number> {
  const headers = { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) };
  return (await fetch(system.urls.graphql, { method: 'POST', headers, body: '{"query":"{ posts { nodes { id } } }"}' })).status;
}

/** Probes a token everywhere until the outcomes are as expected. Fails after the limit. */
async function becomes(token: string, outcomes: Record<string, string>): Promise<void> {
  await eventually(async () => {
    expect(await probe.everywhere(token)).toEqual(outcomes);
  }, BOUND_MS);
}

const butAuth = (outcomes: Record<string, string>) => Object.fromEntries(Object.entries(outcomes).filter(([place]) => place !== 'auth'));

/** Another spelling of the same bytes: the last character has unused bits. */
function respelt(token: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return token.slice(0, -1) + (alphabet[alphabet.indexOf(token.at(-1) ?? '') ^ 1] ?? '');
}

describe('a token (A5)', () => {
  it('is refused everywhere after log-out, in every spelling', async () => {
    const ada = await Person.join(system, 'Ada');
    const { token } = ada;
    expect(await probe.everywhere(token)).toEqual(everywhere('yes'));
    const respeltToken = respelt(await probe.signed(token));
    const look = () => Promise.all(GRPC_SERVICES.map((service) => probe.show(service, respeltToken)));
    const before = await look();
    await ada.ask('mutation { logOut }');
    await becomes(token, SESSION_ENDED);
    // A second spelling that was accepted is refused for the same reason. A second spelling of an opaque token is another token.
    expect(await look()).toEqual(before.map((was) => (was === 'yes' ? 'TOKEN_REVOKED' : was)));
    expect(await probe.show('gateway', respelt(token))).toBe('TOKEN_INVALID');
    await expect(probe.exchange(token)).rejects.toMatchObject(denied('TOKEN_INVALID'));
    await ada.logIn();
    expect(await probe.everywhere(ada.token)).toEqual(everywhere('yes'));
  });

  it('is refused everywhere after another session has ended its session', async () => {
    const ada = await Person.join(system, 'Ada');
    const lost = ada.token;
    await ada.logIn();
    expect(await probe.everywhere(lost)).toEqual(everywhere('yes'));
    await ada.ask('mutation ($id: ID!) { endSession(id: $id) }', { id: decodeJwt(await probe.signed(lost)).sid });
    await becomes(lost, SESSION_ENDED);
    expect(await probe.everywhere(ada.token)).toEqual(everywhere('yes'));
  });

  it('is refused everywhere after a change of password in another session, which continues', async () => {
    const ada = await Person.join(system, 'Ada');
    const lost = ada.token;
    expect(await probe.everywhere(lost)).toEqual(everywhere('yes'));
    await ada.logIn();
    expect(await ada.changePassword('another horse battery staple')).toBe(1);
    await becomes(lost, SESSION_ENDED);
    expect(await probe.everywhere(ada.token)).toEqual(everywhere('yes'));
    await ada.logIn();
  });

  it('is refused everywhere after another session has ended all others; that session continues', async () => {
    const ada = await Person.join(system, 'Ada');
    const bob = await Person.join(system, 'Bob');
    const others = [ada.token];
    await ada.logIn();
    others.push(ada.token);
    for (const token of [...others, bob.token]) expect(await probe.everywhere(token)).toEqual(everywhere('yes'));
    await ada.logIn();
    expect(await ada.ask('mutation { endOtherSessions }')).toEqual({ endOtherSessions: 2 });
    for (const token of others) await becomes(token, SESSION_ENDED);
    expect(await ada.ask('mutation { endOtherSessions }')).toEqual({ endOtherSessions: 0 });
    await ada.refresh();
    for (const { token } of [ada, bob]) expect(await probe.everywhere(token)).toEqual(everywhere('yes'));
  });

  it('is refused everywhere after the reuse of a refresh token of its session', async () => {
    const ada = await Person.join(system, 'Ada');
    const stolen = ada.session;
    await ada.refresh();
    await ada.refresh();
    const tokens = [ada.token, stolen.accessToken];
    for (const token of tokens) expect(await probe.everywhere(token)).toEqual(everywhere('yes'));
    ada.session = stolen;
    await expect(ada.refresh()).rejects.toMatchObject(denied('REFRESH_TOKEN_REUSED'));
    for (const token of tokens) await becomes(token, SESSION_ENDED);
  });
});

describe('all tokens of a user', () => {
  it('are refused everywhere after a suspension; opaque tokens are accepted again after reinstatement', async () => {
    const [ada, admin] = [await Person.join(system, 'Ada'), await Person.join(system, 'Root', { roles: ['ADMIN'] })];
    const first = ada.token;
    await ada.logIn();
    for (const token of [first, ada.token]) expect(await probe.everywhere(token)).toEqual(everywhere('yes'));
    await admin.ask('mutation ($id: ID!) { suspendUser(userId: $id, reason: "Spam.") { id } }', { id: ada.id });
    for (const token of [first, ada.token]) await becomes(token, everywhere('TOKEN_REVOKED', 'USER_SUSPENDED'));
    await expect(ada.refresh()).rejects.toMatchObject(denied('USER_SUSPENDED'));
    await admin.ask('mutation ($id: ID!) { reinstateUser(userId: $id) { id } }', { id: ada.id });
    await ada.refresh();
    expect(await probe.everywhere(ada.token)).toEqual(everywhere('yes'));
    await becomes(first, everywhere('TOKEN_REVOKED', 'yes'));
  });

  it('are never accepted after the first refusal, at any place, during 1,000 requests', async () => {
    const [ada, admin] = [await Person.join(system, 'Ada'), await Person.join(system, 'Root', { roles: ['ADMIN'] })];
    const loads = new Map(probe.places.map((place) => [place, new Load(() => probe.at(place, ada.token))]));
    const each = [...loads.values()];
    const until = (enough: (load: Load) => boolean) =>
      eventually(() => {
        expect(each.every(enough)).toBe(true);
      }, 20_000);
    await until(({ shots }) => shots.length >= 500);
    await admin.ask('mutation ($id: ID!) { suspendUser(userId: $id, reason: "Spam.") { id } }', { id: ada.id });
    const suspendedAt = performance.now();
    await until(({ refused }) => refused.length >= 500);
    await Promise.all(each.map((load) => load.stop()));
    for (const [place, { refused, acceptedAfter }] of loads) {
      const reason = place === 'gateway' ? 'USER_SUSPENDED' : 'TOKEN_REVOKED';
      const knownAt = refused.find(({ outcome }) => outcome === reason)?.answeredAt ?? Infinity;
      // The gateway can be the last to know of the revocation. Until then it passes on the refusal of a service.
      const ownRefusals = refused.filter(({ sentAt, outcome }) => outcome !== 'TOKEN_REVOKED' || sentAt > knownAt || place !== 'gateway');
      expect(new Set(ownRefusals.map(({ outcome }) => outcome))).toEqual(new Set([reason]));
      expect((refused[0]?.answeredAt ?? Infinity) - suspendedAt).toBeLessThan(PATIENCE * BOUND_MS);
      expect(acceptedAfter).toEqual([]);
    }
  });

  it('if they are JWTs, are refused everywhere after a change of roles; opaque tokens continue with the new roles', async () => {
    const [mo, admin] = [await Person.join(system, 'Mo'), await Person.join(system, 'Root', { roles: ['ADMIN'] })];
    const { token } = mo;
    const moderate = mo.ask.bind(mo, `mutation { suspendUser(userId: "${randomUUID()}", reason: "Spam.") { id } }`);
    const changes: { began: number; known: number }[] = [];
    const asked = new Load(() =>
      mo.me().then(
        () => 'yes',
        (error: unknown) => (error as Refused).reason,
      ),
    );
    await expect(moderate()).rejects.toMatchObject(denied('ROLE_MISSING'));
    for (const [mutation, roles, reason] of [
      ['grantRole', ['MODERATOR'], 'USER_NOT_FOUND'],
      ['revokeRole', [], 'ROLE_MISSING'],
    ] as const) {
      const signed = await probe.exchange(token);
      const began = performance.now();
      await admin.ask(`mutation ($id: ID!) { ${mutation}(userId: $id, role: MODERATOR) { id } }`, { id: mo.id });
      await eventually(async () => {
        for (const service of GRPC_SERVICES) expect(await probe.show(service, signed)).toBe('TOKEN_REVOKED');
      }, BOUND_MS);
      await eventually(() => expect(moderate()).rejects.toMatchObject(denied(reason)), BOUND_MS);
      changes.push({ began, known: performance.now() });
      const next = await probe.exchange(token);
      expect(decodeJwt(next)).toMatchObject({ roles });
      for (const service of GRPC_SERVICES) expect(await probe.show(service, next)).toBe('yes');
    }
    await asked.stop();
    // A service may receive the revocation before the gateway, and refuse requests from it until the gateway has it too.
    const unexpected = asked.refused.filter(
      ({ outcome, sentAt, answeredAt }) =>
        outcome !== 'TOKEN_REVOKED' || !changes.some(({ began, known }) => answeredAt > began && sentAt < known),
    );
    expect(unexpected).toEqual([]);
  });

  it('stay valid after the grant of a role that the user already had', async () => {
    const [mo, next, admin] = [
      await Person.join(system, 'Mo', { roles: ['MODERATOR'] }),
      await Person.join(system, 'Next'),
      await Person.join(system, 'Root', { roles: ['ADMIN'] }),
    ];
    const [signed, nexts] = [await probe.exchange(mo.token), await probe.exchange(next.token)];
    const grant = ({ id }: Person) => admin.ask('mutation ($id: ID!) { grantRole(userId: $id, role: MODERATOR) { id } }', { id });
    await grant(mo);
    // A revocation of the first user would arrive before that of the second.
    await grant(next);
    for (const service of GRPC_SERVICES) {
      await eventually(async () => {
        expect(await probe.show(service, nexts)).toBe('TOKEN_REVOKED');
      }, BOUND_MS);
      expect(await probe.show(service, signed)).toBe('yes');
    }
    expect(await probe.everywhere(mo.token)).toEqual(everywhere('yes'));
  });
});

describe('the database of auth', () => {
  it('may close the listening connection: no revocation is lost', async () => {
    const people = await Promise.all(Array.from({ length: 5 }, () => Person.join(system, 'Somebody')));
    for (const { token } of people) expect(await probe.everywhere(token)).toEqual(everywhere('yes'));
    const cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'listener'";
    for (const person of people) {
      await query(system.databaseUrl('auth'), cut);
      await person.ask('mutation { logOut }');
    }
    for (const { token } of people) {
      await eventually(async () => {
        expect(await probe.everywhere(token)).toEqual(SESSION_ENDED);
      }, 5_000);
    }
  });
});

describe('while auth is down', () => {
  it('tokens are accepted for the grace and then refused, revoked ones are always refused, and all recover after its restart', async () => {
    const [ada, bob, admin, late] = await Promise.all([
      Person.join(system, 'Ada'),
      Person.join(system, 'Bob'),
      Person.join(system, 'Root', { roles: ['ADMIN'] }),
      Person.join(system, 'Late'),
    ]);
    for (const { token } of [ada, bob, admin]) expect(await probe.everywhere(token)).toEqual(everywhere('yes'));
    await bob.ask('mutation { logOut }');
    await becomes(bob.token, SESSION_ENDED);
    const others = async (token: string) => butAuth(await probe.everywhere(token));
    // Only auth can check an opaque token. Its outage is not the client's fault: never 401.
    const unknown = butAuth(everywhere('REVOCATIONS_UNKNOWN', 'SERVICE_UNAVAILABLE'));

    await system.kill('auth');
    const killed = Date.now();
    expect(await others(ada.token)).toEqual(butAuth(everywhere('yes')));
    // A first use: the gateway has no JWT for it. It serves public reads without a user, and nothing else.
    expect(await statusWith(late.token)).toBe(200);
    await expect(late.me()).rejects.toMatchObject(denied('SERVICE_UNAVAILABLE'));
    await expect(late.write('A post')).rejects.toMatchObject(denied('SERVICE_UNAVAILABLE'));
    // The user service's outbox retries it until auth is back.
    await admin.ask('mutation ($id: ID!) { suspendUser(userId: $id, reason: "Spam.") { id } }', { id: ada.id });
    const seen = new Set<number>();
    await eventually(async () => {
      seen.add(await statusWith(ada.token));
      expect(await others(ada.token)).toEqual(unknown);
    });
    expect(Date.now() - killed).toBeGreaterThan((GRACE_S - 1.5) * 1_000);
    expect(Date.now() - killed).toBeLessThan((GRACE_S + PATIENCE * 2) * 1_000);
    expect([...seen]).toEqual([200]);
    await expect(ada.write('A post')).rejects.toMatchObject(denied('SERVICE_UNAVAILABLE'));
    expect(await others(bob.token)).toEqual(butAuth(everywhere('TOKEN_REVOKED', 'SERVICE_UNAVAILABLE')));
    await eventually(async () => {
      expect(await readiness()).toMatchObject({ services: { gateway: 'degraded', auth: 'down', user: 'degraded', post: 'degraded' } });
    });
    expect(await statusWith(undefined)).toBe(200);

    // A service that starts now has no keys and no revocation data. It starts and refuses every token.
    const signed = await probe.signed(ada.token);
    const outcomes = new Set<string>();
    await system.restart('post');
    await eventually(async () => {
      const outcome = await probe.show('post', signed);
      outcomes.add(outcome);
      expect(outcome).toBe('KEYS_UNAVAILABLE');
    });
    expect(outcomes).not.toContain('yes');

    await system.restart('auth');
    for (const { token } of [admin, late]) {
      await eventually(async () => {
        expect(await probe.everywhere(token)).toEqual(everywhere('yes'));
      });
    }
    await eventually(async () => {
      expect(await probe.everywhere(ada.token)).toEqual(everywhere('TOKEN_REVOKED', 'USER_SUSPENDED'));
    });
    expect(await probe.everywhere(bob.token)).toEqual(SESSION_ENDED);
    await eventually(async () => {
      expect(await readiness()).toMatchObject({ status: 'up' });
    });
  });
});
