import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { Client } from '@reputable/auth';
import { SCOPES } from '@reputable/contracts';
import { BrowserSessionService } from '@reputable/contracts/auth/v1/browser_session';
import { Code, DomainError } from '@reputable/errors';
import { denied, eventually, query, type TestService, TestWorld } from '@reputable/testing';
import { createHash } from 'node:crypto';
import { StandInServer } from '../testing/stand-in-server.ts';
import { OidcClient } from './oidc-client.ts';
import { BrowserSessions } from './browser-sessions.ts';
import type { BrowserSessionOptions } from './options.ts';
import { SessionVault } from './session-vault.ts';

const ISSUER = 'https://auth.example/oidc';

let world: TestWorld;
let auth: TestService;
let store: Client<typeof BrowserSessionService>;
let server: StandInServer;
/** Two gateways with the same settings. */
let gateways: [BrowserSessions, BrowserSessions];

beforeAll(async () => {
  Logger.overrideLogger(false);
  world = await TestWorld.create();
  auth = await world.start('auth', { USER_URL: 'localhost:1' });
  store = await world.client(BrowserSessionService, auth);
});
afterAll(() => world.end());
beforeEach(async () => {
  server = await StandInServer.start(ISSUER);
  gateways = [aGateway(), aGateway()];
});
afterEach(() => {
  server.stop();
});

function aGateway(encryptionKey = new Uint8Array(32).fill(1), vaultStore = store): BrowserSessions {
  const options: BrowserSessionOptions = {
    origin: 'https://reputable.example',
    issuer: ISSUER,
    backChannel: server.url,
    isForeign: false,
    clientId: 'gateway',
    clientSecret: 'secret',
    scope: `openid ${SCOPES.join(' ')}`,
    resource: 'https://reputable.example/graphql',
    encryptionKey,
  };
  return new BrowserSessions(new SessionVault(vaultStore, options), new OidcClient(options));
}

/** A session whose first access token has this lifetime in seconds. Later ones live longer. */
async function aSession(lifetime = 300): Promise<{ id: string; accessToken: string; refreshToken: string }> {
  server.lifetime = lifetime;
  const tokens = server.tokens();
  server.lifetime = 300;
  return { id: await gateways[0].begin(tokens), ...tokens };
}

const ended = denied('BROWSER_SESSION_ENDED');
const tokenOf = async (id: string, gateway = gateways[0]) => gateway.accessToken(id);
const rowOf = async (id: string) => {
  const row = 'SELECT sealed, version FROM browser_session WHERE id_hash = $1';
  const idHash = createHash('sha256').update(id).digest();
  return (await query<{ sealed: Buffer; version: number }>(auth.databaseUrl, row, [idHash]))[0];
};

describe('a browser session', () => {
  it('has its access token cached where it began, and elsewhere after one read of the vault', async () => {
    const { id, accessToken } = await aSession();
    expect(gateways[0].accessToken(id)).toBe(accessToken);
    expect(await gateways[1].accessToken(id)).toBe(accessToken);
    expect(gateways[1].accessToken(id)).toBe(accessToken);
    expect(server.grants).toEqual([]);
  });

  it('is stored without a readable id or token in the database (A20)', async () => {
    const { id, accessToken, refreshToken } = await aSession();
    const row = (await rowOf(id))?.sealed.toString() ?? '';
    for (const secret of [id, accessToken, refreshToken]) expect(row).not.toContain(secret);
  });

  it('cannot be decrypted with another secret or another id', async () => {
    const [one, two] = [await aSession(), await aSession()];
    await expect(tokenOf(one.id, aGateway(new Uint8Array(32).fill(2)))).rejects.toMatchObject(ended);
    const swap = 'UPDATE browser_session SET sealed = $1 WHERE sealed = $2';
    await query(auth.databaseUrl, swap, [(await rowOf(two.id))?.sealed, (await rowOf(one.id))?.sealed]);
    await expect(tokenOf(one.id, gateways[1])).rejects.toMatchObject(ended);
  });

  it('does not exist for an unknown id', async () => {
    await expect(tokenOf('A'.repeat(43))).rejects.toMatchObject(ended);
    for (const nonsense of ['', 'x', 'A'.repeat(44), `${'A'.repeat(42)}=`, `${'A'.repeat(42)}é`]) {
      await expect(tokenOf(nonsense)).rejects.toMatchObject(ended);
    }
  });

  it('ends at every gateway after its deletion and the expiry of its token', async () => {
    const { id } = await aSession(1);
    await gateways[1].forget(id);
    await expect(tokenOf(id)).rejects.toMatchObject(ended);
  });
});

describe('its access token', () => {
  it('is renewed in the background shortly before it expires', async () => {
    const { id, accessToken } = await aSession(20);
    expect(gateways[0].accessToken(id)).toBe(accessToken);
    await eventually(() => {
      expect(gateways[0].accessToken(id)).not.toBe(accessToken);
    });
    expect(server.grants).toEqual(['refresh_token']);
    expect(await rowOf(id)).toMatchObject({ version: 2 });
  });

  it('is renewed once for 20 requests at two gateways, and all use the same one (P14)', async () => {
    const { id, accessToken } = await aSession(1);
    server.delay = 300;
    const tokens = await Promise.all(Array.from({ length: 20 }, (_, index) => tokenOf(id, gateways[index % 2])));
    expect(new Set(tokens).size).toBe(1);
    expect(tokens[0]).not.toBe(accessToken);
    expect(server.grants).toEqual(['refresh_token']);
    for (const gateway of gateways) expect(gateway.accessToken(id)).toBe(tokens[0]);
  });

  it('stays in use while the authorization server is down', async () => {
    const { id, accessToken } = await aSession(20);
    server.broken = true;
    await eventually(() => {
      expect(gateways[0].accessToken(id)).toBe(accessToken);
      expect(server.grants.length).toBeGreaterThan(2);
    });
    server.broken = false;
    await eventually(() => {
      expect(gateways[0].accessToken(id)).not.toBe(accessToken);
    });
  });

  it('is unavailable after its expiry while the authorization server is down, and available again afterwards', async () => {
    const { id } = await aSession(1);
    server.broken = true;
    await expect(tokenOf(id)).rejects.toMatchObject(denied('SERVICE_UNAVAILABLE'));
    server.broken = false;
    expect(await tokenOf(id, gateways[1])).toEqual(expect.any(String));
  });

  it.each([
    ['that has expired', 1, false],
    ['that expires soon', 20, false],
    ['that was refused', 300, true],
  ])(
    'is renewed without another request if the answer to the renewal of a token %s is lost, in time for a retry',
    async (_what, lifetime, isRefused) => {
      const { id, accessToken } = await aSession(lifetime);
      Object.assign(server, { losses: 2, retryMs: 10_000 });
      const renewed = isRefused ? gateways[0].replacement(id, accessToken) : tokenOf(id);
      await renewed.catch((error: unknown) => expect(error).toMatchObject(denied('SERVICE_UNAVAILABLE')));
      // Each failure ends the hold with the same tokens.
      await eventually(async () => expect(await rowOf(id)).toMatchObject({ version: 4 }), 6_000);
      // The next request comes when the server would no longer answer again.
      server.retryMs = 0;
      // The row is new a moment before the gateway knows of it.
      for (const gateway of gateways) await eventually(async () => expect(await tokenOf(id, gateway)).not.toBe(accessToken));
      expect(server.grants).toHaveLength(3);
    },
  );

  describe('is stored with at most two calls', () => {
    const overloaded = new DomainError(Code.RESOURCE_EXHAUSTED, 'OVERLOADED', 'The service has too many calls at once.');
    const lost = new DomainError(Code.UNAVAILABLE, 'SERVICE_UNAVAILABLE', 'The auth service cannot be reached.');
    let replacements: number;

    /** A gateway whose first replacements of a session are refused, or done without an answer. */
    function withFailures(failures: number, failure: 'refused' | 'done'): BrowserSessions {
      replacements = 0;
      const replaceBrowserSession: typeof store.replaceBrowserSession = async (request) => {
        replacements += 1;
        if (replacements > failures) return store.replaceBrowserSession(request);
        if (failure === 'refused') throw overloaded;
        await store.replaceBrowserSession(request);
        throw lost;
      };
      return aGateway(undefined, { ...store, replaceBrowserSession });
    }

    it.each(['refused', 'done'] as const)('if the first is %s', async (failure) => {
      const { id, accessToken } = await aSession(1);
      const renewed = await tokenOf(id, withFailures(1, failure));
      expect([renewed === accessToken, replacements]).toEqual([false, 2]);
      expect(await rowOf(id)).toMatchObject({ version: 2 });
      expect(await tokenOf(id, gateways[1])).toBe(renewed);
    });

    it('if both are refused, and the session is renewed once its hold has ended', async () => {
      const { id } = await aSession(1);
      server.retryMs = 10_000;
      await expect(tokenOf(id, withFailures(2, 'refused'))).rejects.toMatchObject(denied('OVERLOADED'));
      expect([replacements, (await rowOf(id))?.version]).toEqual([2, 1]);
      await eventually(async () => expect(await rowOf(id)).toMatchObject({ version: 2 }), 9_000);
      expect(server.grants).toHaveLength(2);
    });
  });

  it('is replaced once if it is refused before its expiry', async () => {
    const { id, accessToken } = await aSession();
    const tokens = await Promise.all(
      Array.from({ length: 10 }, (_, index) => (gateways[index % 2] ?? gateways[0]).replacement(id, accessToken)),
    );
    expect(new Set(tokens).size).toBe(1);
    expect(tokens[0]).not.toBe(accessToken);
    expect(server.grants).toEqual(['refresh_token']);
  });

  it('ends with the session when the refresh token is refused (P14)', async () => {
    const { id, refreshToken } = await aSession(1);
    // An attacker has already used the refresh token.
    await new OidcClient(gateways[0].server.options).refresh(refreshToken);
    await expect(tokenOf(id)).rejects.toMatchObject(ended);
    expect(await rowOf(id)).toBeUndefined();
  });
});

describe('the authorization server', () => {
  const checks = { state: 'state', nonce: 'nonce', verifier: 'v'.repeat(43) };
  const answer = `/auth/callback?code=nonce&state=state&iss=${encodeURIComponent(ISSUER)}`;

  it('may start later than the gateway', async () => {
    const late = new OidcClient({ ...gateways[0].server.options, backChannel: 'http://127.0.0.1:1' });
    await expect(late.authorizationUrl(checks)).rejects.toMatchObject(denied('SERVICE_UNAVAILABLE'));
    Object.assign(late.options, { backChannel: server.url });
    expect((await late.authorizationUrl(checks)).origin).toBe('https://auth.example');
  });

  it('is called at its internal URL, and browsers are redirected to its public URL', async () => {
    const url = await gateways[0].server.authorizationUrl(checks);
    expect(`${url.origin}${url.pathname}`).toBe('https://auth.example/oidc/auth');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: 'gateway',
      response_type: 'code',
      redirect_uri: 'https://reputable.example/auth/callback',
      scope: 'openid posts:read posts:write votes:write comments:write profile:read profile:write account moderation',
      resource: 'https://reputable.example/graphql',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
      state: 'state',
      nonce: 'nonce',
    });
  });

  it('issues tokens for a code', async () => {
    expect(await gateways[0].server.redeem(answer, checks)).toEqual({
      accessToken: expect.any(String),
      refreshToken: expect.any(String),
      expiresAt: expect.any(Number),
      renewMs: expect.any(Number),
    });
  });

  it.each<[string, string, Record<string, unknown>]>([
    ['of another log-in', answer.replace('state=state', 'state=other'), {}],
    ['without a state', answer.replace('state=state', ''), {}],
    ['of another issuer (RFC 9207)', answer.replace('auth.example', 'elsewhere.example'), {}],
    ['that is a refusal', '/auth/callback?error=access_denied&state=state', {}],
    ['without anything', '/auth/callback', {}],
    ['with another nonce', answer.replace('code=nonce', 'code=other'), {}],
    ['with an ID token for somebody else', answer, { aud: 'another' }],
    ['with an ID token of another issuer', answer, { iss: 'https://elsewhere.example' }],
    ['with an ID token that has ended', answer, { exp: 1_000_000_000 }],
  ])('rejects a response %s', async (_what, given, claims) => {
    server.claims = claims;
    await expect(gateways[0].server.redeem(given, checks)).rejects.toMatchObject({ name: 'GrantRefused' });
  });

  it('can replace its key at any time: log-ins go on, and no refresh is lost', async () => {
    const { server: client } = gateways[0];
    await client.redeem(answer, checks);
    server.replaceKey();
    const { refreshToken = '' } = await client.redeem(answer, checks);
    server.replaceKey();
    expect((await client.refresh(refreshToken)).refreshToken).not.toBe(refreshToken);
  });

  it('rejects an ID token with a foreign signature', async () => {
    server.forge = true;
    await expect(gateways[0].server.redeem(answer, checks)).rejects.toMatchObject({ name: 'GrantRefused' });
  });
});
