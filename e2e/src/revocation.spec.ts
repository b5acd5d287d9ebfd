import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startSystem, type System } from '@reputable/dev';
import { denied, eventually, query, TokenProbe } from '@reputable/testing';
import { decodeJwt } from 'jose';
import { setTimeout as sleep } from 'node:timers/promises';
import { Person } from './person.ts';

jest.setTimeout(90_000);

/** How long tokens are accepted here while auth cannot be heard. */
const GRACE_S = 5;

/** Within this time whatever is revoked must be refused, in milliseconds. The bench says how long it really takes. */
const BOUND_MS = 1_500;

const all = (reason: string) => ({ gateway: reason, auth: reason, user: reason, post: reason, comment: reason });
const allButAuth = (reason: string) => ({ gateway: reason, user: reason, post: reason, comment: reason });

let system: System;
let probe: TokenProbe;
beforeAll(async () => {
  system = await startSystem({ env: { all: { LOG_LEVEL: 'fatal', NODE_ENV: 'production', REVOCATION_GRACE_S: String(GRACE_S) } } });
  probe = await TokenProbe.open(system);
});
afterAll(async () => {
  probe.close();
  await system.stop();
});

const readiness = async () => (await fetch(`http://localhost:${String(system.ports.gateway)}/health/ready`)).json();

/** The same session on the wire, refused wherever it is shown. */
async function isRefusedEverywhere(token: string): Promise<void> {
  await eventually(async () => {
    expect(await probe.everywhere(token)).toEqual(all('TOKEN_REVOKED'));
  }, BOUND_MS);
}

/** Another spelling of the same token: the last character of the signature has four bits that say nothing. */
function respelt(token: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return token.slice(0, -1) + (alphabet[alphabet.indexOf(token.at(-1) ?? '') ^ 1] ?? '');
}

describe('a token (A5)', () => {
  it('is refused everywhere after its user has logged out, however it is spelt', async () => {
    const ada = await Person.join(system, 'Ada');
    const { token } = ada;
    const other = respelt(token);
    expect(await probe.everywhere(token)).toEqual(all('yes'));
    const before = await probe.everywhere(other);
    await ada.ask('mutation { logOut }');
    await isRefusedEverywhere(token);
    // Where the second spelling was taken at all it is refused for the same reason.
    for (const [place, was] of Object.entries(before)) {
      expect(await probe.at(place, other)).toBe(was === 'yes' ? 'TOKEN_REVOKED' : was);
    }
    await ada.logIn();
    expect(await probe.everywhere(ada.token)).toEqual(all('yes'));
  });

  it('is refused everywhere after its session has been ended from another', async () => {
    const ada = await Person.join(system, 'Ada');
    const lost = ada.token;
    await ada.logIn();
    await ada.ask('mutation ($id: ID!) { endSession(id: $id) }', { id: decodeJwt(lost).sid });
    await isRefusedEverywhere(lost);
    expect(await probe.everywhere(ada.token)).toEqual(all('yes'));
  });

  it('is refused everywhere after the password has been changed in another session; that one goes on', async () => {
    const ada = await Person.join(system, 'Ada');
    const lost = ada.token;
    await ada.logIn();
    expect(await ada.changePassword('another horse battery staple')).toBe(1);
    await isRefusedEverywhere(lost);
    expect(await probe.everywhere(ada.token)).toEqual(all('yes'));
    await ada.logIn();
  });

  it('is refused everywhere after all other sessions have been ended; this one goes on', async () => {
    const ada = await Person.join(system, 'Ada');
    const bob = await Person.join(system, 'Bob');
    const others = [ada.token];
    await ada.logIn();
    others.push(ada.token);
    await ada.logIn();
    expect(await ada.ask('mutation { endOtherSessions }')).toEqual({ endOtherSessions: 2 });
    for (const token of others) await isRefusedEverywhere(token);
    expect(await ada.ask('mutation { endOtherSessions }')).toEqual({ endOtherSessions: 0 });
    await ada.refresh();
    for (const { token } of [ada, bob]) expect(await probe.everywhere(token)).toEqual(all('yes'));
  });

  it('is refused everywhere after a refresh token of its session came twice', async () => {
    const ada = await Person.join(system, 'Ada');
    const stolen = ada.session;
    await ada.refresh();
    const { token } = ada;
    ada.session = stolen;
    await expect(ada.refresh()).rejects.toMatchObject(denied('REFRESH_TOKEN_REUSED'));
    for (const each of [token, stolen.accessToken]) await isRefusedEverywhere(each);
  });
});

describe('all tokens of a user', () => {
  it('are refused everywhere after a moderator has suspended them, and new ones are good once they are reinstated', async () => {
    const [ada, admin] = [await Person.join(system, 'Ada'), await Person.join(system, 'Root', { roles: ['ADMIN'] })];
    const first = ada.token;
    await ada.logIn();
    await admin.ask('mutation ($id: ID!) { suspendUser(userId: $id, reason: "Spam.") { id } }', { id: ada.id });
    for (const token of [first, ada.token]) await isRefusedEverywhere(token);
    await expect(ada.refresh()).rejects.toMatchObject(denied('USER_SUSPENDED'));
    await admin.ask('mutation ($id: ID!) { reinstateUser(userId: $id) { id } }', { id: ada.id });
    await ada.refresh();
    expect(await probe.everywhere(ada.token)).toEqual(all('yes'));
    expect(await probe.at('post', first)).toBe('TOKEN_REVOKED');
  });

  it('are refused everywhere after their roles have changed, and the first refresh gets one that is good and has them', async () => {
    const [mo, admin] = [await Person.join(system, 'Mo'), await Person.join(system, 'Root', { roles: ['ADMIN'] })];
    for (const [mutation, roles] of [
      ['grantRole', ['MODERATOR']],
      ['revokeRole', []],
    ] as const) {
      const { token } = mo;
      await admin.ask(`mutation ($id: ID!) { ${mutation}(userId: $id, role: MODERATOR) { id } }`, { id: mo.id });
      await isRefusedEverywhere(token);
      await mo.refresh();
      expect(await probe.everywhere(mo.token)).toEqual(all('yes'));
      expect(decodeJwt(mo.token)).toMatchObject({ roles });
    }
  });

  it('are good as before where a role was granted that they had', async () => {
    const [mo, admin] = [
      await Person.join(system, 'Mo', { roles: ['MODERATOR'] }),
      await Person.join(system, 'Root', { roles: ['ADMIN'] }),
    ];
    await admin.ask('mutation ($id: ID!) { grantRole(userId: $id, role: MODERATOR) { id } }', { id: mo.id });
    await sleep(BOUND_MS);
    expect(await probe.everywhere(mo.token)).toEqual(all('yes'));
  });
});

describe('the database of auth', () => {
  it('may cut the connection that listens: nothing is lost', async () => {
    const people = await Promise.all(Array.from({ length: 5 }, () => Person.join(system, 'Somebody')));
    const cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'listener'";
    for (const person of people) {
      await query(system.databaseUrl('auth'), cut);
      await person.ask('mutation { logOut }');
    }
    for (const { token } of people) {
      await eventually(async () => {
        expect(await probe.everywhere(token)).toEqual(all('TOKEN_REVOKED'));
      }, 5_000);
    }
  });
});

describe('while auth is down', () => {
  it('tokens are accepted for the grace, then refused; what is revoked is refused all the time; and all is well when it is back', async () => {
    const [ada, bob, admin] = await Promise.all([
      Person.join(system, 'Ada'),
      Person.join(system, 'Bob'),
      Person.join(system, 'Root', { roles: ['ADMIN'] }),
    ]);
    await bob.ask('mutation { logOut }');
    await isRefusedEverywhere(bob.token);
    const others = async (token: string) => {
      const outcomes = Object.entries(await probe.everywhere(token));
      return Object.fromEntries(outcomes.filter(([place]) => place !== 'auth'));
    };

    await system.kill('auth');
    const killed = Date.now();
    expect(await others(ada.token)).toEqual(allButAuth('yes'));
    // Waits in the outbox of the user service until auth is back.
    await admin.ask('mutation ($id: ID!) { suspendUser(userId: $id, reason: "Spam.") { id } }', { id: ada.id });
    await eventually(async () => {
      expect(await others(ada.token)).toEqual(allButAuth('REVOCATIONS_UNKNOWN'));
    });
    expect(Date.now() - killed).toBeGreaterThan((GRACE_S - 1.5) * 1_000);
    expect(Date.now() - killed).toBeLessThan((GRACE_S + 2) * 1_000);
    expect(await others(bob.token)).toEqual(allButAuth('TOKEN_REVOKED'));
    expect(await readiness()).toMatchObject({ services: { gateway: 'degraded', auth: 'down', user: 'degraded', post: 'degraded' } });
    const anonymous = await fetch(system.urls.graphql, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":"{ posts { nodes { id } } }"}',
    });
    expect(anonymous.status).toBe(200);

    // A service that starts now knows nothing, not even a key: it starts, and refuses tokens from the first.
    const seen = new Set<string>();
    await system.restart('post');
    await eventually(async () => {
      const outcome = await probe.at('post', ada.token);
      seen.add(outcome);
      expect(outcome).toBe('KEYS_UNAVAILABLE');
    });
    expect(seen).not.toContain('yes');

    await system.restart('auth');
    await eventually(async () => {
      expect(await probe.everywhere(admin.token)).toEqual(all('yes'));
    });
    await eventually(async () => {
      expect(await probe.everywhere(ada.token)).toEqual(all('TOKEN_REVOKED'));
    });
    expect(await probe.everywhere(bob.token)).toEqual(all('TOKEN_REVOKED'));
    await eventually(async () => {
      expect(await readiness()).toMatchObject({ status: 'up' });
    });
  });
});
