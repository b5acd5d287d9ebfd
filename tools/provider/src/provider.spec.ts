import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import * as openid from 'openid-client';
import { PEOPLE, type Person, Provider } from './index.ts';

const ADA: Person = { subject: 'ada', name: 'Ada', email: 'ada@outside.example', emailVerified: true };
const CALLBACK = 'http://localhost:3001/callback';

let provider: Provider;
let client: openid.Configuration;

beforeAll(async () => {
  provider = await Provider.start();
  client = await openid.discovery(new URL(provider.issuer), 'reputable-dev', 'a secret', openid.ClientSecretBasic('a secret'), {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- without TLS, on this machine
    execute: [openid.allowInsecureRequests, openid.enableNonRepudiationChecks],
  });
});
afterAll(async () => {
  await provider.stop();
});

const verifier = openid.randomPKCECodeVerifier();

/** An authorization request, and the redirect URI after the log-in. */
async function logIn(): Promise<{ url: URL; landed: URL }> {
  const url = openid.buildAuthorizationUrl(client, {
    redirect_uri: CALLBACK,
    scope: 'openid email profile',
    state: 'a-state',
    nonce: 'a-nonce',
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  return { url, landed: await provider.authorize(url, ADA) };
}

const redeem = (landed: URL, pkceCodeVerifier = verifier, expectedNonce = 'a-nonce') =>
  openid.authorizationCodeGrant(client, landed, { pkceCodeVerifier, expectedState: 'a-state', expectedNonce });

describe('the provider', () => {
  it('logs in whom the page names, for a client library that checks everything', async () => {
    const { url, landed } = await logIn();
    const page = await (await fetch(url)).text();
    expect(page).toContain('name="person_email"');
    expect(page).toContain('name="nonce" value="a-nonce"');
    expect(landed.searchParams.get('iss')).toBe(provider.issuer);
    const tokens = await redeem(landed);
    const person = { sub: 'ada', name: 'Ada', email: 'ada@outside.example', email_verified: true };
    expect(tokens.claims()).toMatchObject({ ...person, iss: provider.issuer, aud: 'reputable-dev' });
    expect(await openid.fetchUserInfo(client, tokens.access_token, 'ada')).toEqual(person);
  });

  it('refuses a second use of a code, another verifier, and has the nonce of the request', async () => {
    const { landed } = await logIn();
    await redeem(landed);
    await expect(redeem(landed)).rejects.toThrow();
    await expect(redeem((await logIn()).landed, openid.randomPKCECodeVerifier())).rejects.toThrow();
    await expect(redeem((await logIn()).landed, verifier, 'another')).rejects.toThrow('unexpected JWT claim value');
  });

  it('replaces its key', async () => {
    const kids = async () =>
      ((await (await fetch(client.serverMetadata().jwks_uri ?? '')).json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
    const before = await kids();
    await provider.rotateKeys();
    const after = await kids();
    expect([before.length, after.length]).toEqual([1, 1]);
    expect(after).not.toEqual(before);
  });
});

describe('a log-out', () => {
  it('tells the clients of the session, by a signed token', async () => {
    const told: string[] = [];
    const server = createServer((request, response) => {
      void text(request).then((body) => {
        told.push(new URLSearchParams(body).get('logout_token') ?? '');
        response.end();
      });
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    try {
      const callback = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/log-in/callback`;
      const url = openid.buildAuthorizationUrl(client, { redirect_uri: callback, scope: 'openid', state: 'a-state' });
      await provider.authorize(url, { ...ADA, subject: 'bea' });
      const [session] = provider.sessionsOf('bea');
      expect(session?.logOutUri).toBe(callback.replace('callback', 'back-channel-log-out'));
      expect(await provider.logOut(session?.sid ?? '')).toEqual([200]);
      const keys = createRemoteJWKSet(new URL(client.serverMetadata().jwks_uri ?? ''));
      const { payload } = await jwtVerify(told[0] ?? '', keys, { issuer: provider.issuer, audience: 'reputable-dev', typ: 'logout+jwt' });
      expect(payload).toMatchObject({ sub: 'bea', sid: session?.sid, jti: expect.any(String) });
      expect(await provider.logOut(session?.sid ?? '')).toEqual([]);
    } finally {
      server.close();
    }
  });

  it('is asked for, and leads back to the client', async () => {
    const url = openid.buildEndSessionUrl(client, { post_logout_redirect_uri: 'http://localhost:3001/bye', state: 'a-state' });
    expect(await (await fetch(url)).text()).toContain('<form method="post" action="/log-out">');
    const after = await (await fetch(url.origin + url.pathname, { method: 'POST', body: url.searchParams })).text();
    expect(after).toContain('content="0; url=http://localhost:3001/bye?state=a-state"');
  });
});

describe('a realm', () => {
  let realm: Provider;
  let api: openid.Configuration;
  beforeAll(async () => {
    realm = await Provider.start({ realm: { name: 'reputable', audience: 'reputable' } });
    api = await openid.discovery(new URL(realm.issuer), 'gateway', 'a secret', openid.ClientSecretBasic('a secret'), {
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- without TLS, on this machine
      execute: [openid.allowInsecureRequests, openid.enableNonRepudiationChecks],
    });
  });
  afterAll(() => realm.stop());

  const [admin = ADA] = PEOPLE;
  const authorizationUrl = async () =>
    openid.buildAuthorizationUrl(api, {
      redirect_uri: CALLBACK,
      scope: 'openid profile',
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
  const tokensOf = async (person: Person) => {
    const landed = await realm.authorize(await authorizationUrl(), person);
    return openid.authorizationCodeGrant(api, landed, { pkceCodeVerifier: verifier });
  };

  it("issues access tokens in the shape of Keycloak's, for the people of its page", async () => {
    expect(realm.issuer).toMatch(/^http:\/\/localhost:\d+\/realms\/reputable$/);
    expect(await (await fetch(await authorizationUrl())).text()).toContain(`name="person_subject" value="${admin.subject}"`);
    const { access_token: token } = await tokensOf(admin);
    const keys = createRemoteJWKSet(new URL(api.serverMetadata().jwks_uri ?? ''));
    const { payload, protectedHeader } = await jwtVerify(token, keys, { issuer: realm.issuer, audience: 'reputable' });
    expect(protectedHeader).toMatchObject({ alg: 'RS256', typ: 'JWT' });
    expect(payload).toMatchObject({
      typ: 'Bearer',
      sub: admin.subject,
      azp: 'gateway',
      sid: expect.any(String),
      scope: 'openid profile',
      preferred_username: 'admin',
      realm_access: { roles: expect.arrayContaining(['ADMIN']) },
      resource_access: { reputable: { roles: ['ADMIN'] } },
    });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(300);
  });

  it('names the realm on the page of its log-out', async () => {
    expect(await (await fetch(openid.buildEndSessionUrl(api))).text()).toContain('<h1>Log out at the realm reputable?</h1>');
  });

  it('refreshes tokens until the log-out', async () => {
    const first = await tokensOf(ADA);
    const next = await openid.refreshTokenGrant(api, first.refresh_token ?? '');
    expect(next.refresh_token).not.toBe(first.refresh_token);
    await realm.logOut(realm.sessionsOf(ADA.subject)[0]?.sid ?? '');
    await expect(openid.refreshTokenGrant(api, next.refresh_token ?? '')).rejects.toMatchObject({ error: 'invalid_grant' });
  });
});
