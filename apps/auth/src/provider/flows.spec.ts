import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PROOF_ALGORITHMS } from '@reputable/contracts';
import { dataSourceOptions } from '@reputable/database';
import { denied, eventually, query } from '@reputable/testing';
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import * as oauth4webapi from 'oauth4webapi';
import * as openid from 'openid-client';
import { DataSource } from 'typeorm';
import { KeyStore } from '../key/key-store.ts';
import { SigningKey } from '../key/signing-key.entity.ts';
import type { Browser, Shown } from '../browser.fixture.ts';
import type { NewClient } from '../client/client-metadata.ts';
import { SESSION_LIFETIME_S } from '../session/session.service.ts';
import { expectAudited, sharedAuthWorld } from '../auth.fixture.ts';
import { ALL, API, API_SCOPES, type Application, basic, type OAuthWorld, openOAuthWorld, type Tokens, walk } from '../oauth.fixture.ts';

let running: OAuthWorld;
let digest: Application;

beforeAll(async () => {
  running = await openOAuthWorld(await sharedAuthWorld());
  digest = await running.application();
});
afterAll(() => running.end());

const logIn = async (application = digest, scope = ALL, browser = running.browser()) =>
  application.logIn(browser, await running.person(), scope);
const sessionOf = async ({ access_token }: Tokens) => String(decodeJwt(await running.exchange(access_token))['sid']);
const subjectOf = ({ id_token = '' }: Tokens) => decodeJwt(id_token).sub ?? '';
const refused = { error: 'invalid_grant', error_description: expect.any(String) };

describe('discovery', () => {
  it('lists the endpoints, and no unsupported feature', async () => {
    const response = await fetch(`${running.issuer}/oidc/.well-known/openid-configuration`);
    const { issuer } = running;
    expect(await response.json()).toMatchObject({
      issuer: `${issuer}/oidc`,
      authorization_endpoint: `${issuer}/oidc/auth`,
      token_endpoint: `${issuer}/oidc/token`,
      introspection_endpoint: `${issuer}/oidc/token/introspection`,
      revocation_endpoint: `${issuer}/oidc/token/revocation`,
      userinfo_endpoint: `${issuer}/oidc/me`,
      end_session_endpoint: `${issuer}/oidc/session/end`,
      jwks_uri: `${issuer}/oidc/jwks`,
      response_types_supported: ['code'],
      grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
      code_challenge_methods_supported: ['S256'],
      id_token_signing_alg_values_supported: ['ES256'],
      scopes_supported: ['openid', 'profile', 'email'],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
      // The gateway accepts the same.
      dpop_signing_alg_values_supported: [...PROOF_ALGORITHMS],
      claims_parameter_supported: true,
      backchannel_logout_supported: true,
    });
  });

  it('contains the issuer, whatever X-Forwarded headers the request has', async () => {
    const headers = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' };
    const text = await (await fetch(`${running.issuer}/oidc/.well-known/openid-configuration`, { headers })).text();
    expect(text).not.toMatch(/evil|https:/);
  });

  it('leads to the keys that services use', async () => {
    const of = async (path: string) => ((await (await fetch(`${running.issuer}${path}`)).json()) as { keys: { kid: string }[] }).keys;
    const [theirs, ours] = await Promise.all([of('/oidc/jwks'), of('/.well-known/jwks.json')]);
    expect(new Set(theirs.map(({ kid }) => kid))).toEqual(new Set(ours.map(({ kid }) => kid)));
    expect(JSON.stringify(theirs)).not.toContain('"d"');
  });
});

describe('an application with a secret (openid-client)', () => {
  it('gets opaque tokens and an ID token for a code', async () => {
    const tokens = await logIn(digest, 'openid posts:read votes:write');
    expect(tokens).toMatchObject({ token_type: 'bearer', expires_in: 300, scope: 'posts:read votes:write' });
    for (const token of [tokens.access_token, tokens.refresh_token]) expect(token).toMatch(/^[\w-]{43}$/);
    const keys = createRemoteJWKSet(new URL(`${running.issuer}/oidc/jwks`));
    const { payload } = await jwtVerify(tokens.id_token ?? '', keys, { issuer: `${running.issuer}/oidc`, audience: digest.id });
    expect(Object.keys(payload).sort()).toEqual(['amr', 'aud', 'auth_time', 'exp', 'iat', 'iss', 'sub']);
    const { auth_time, amr, iat = 0, exp = 0 } = payload;
    expect(exp - iat).toBe(300);
    expect(amr).toEqual(['pwd']);
    expect(decodeJwt(await running.exchange(tokens.access_token))).toMatchObject({
      sub: payload.sub,
      client_id: digest.id,
      scope: 'posts:read votes:write',
      roles: [],
      act: { sub: 'gateway' },
      auth_time,
      amr,
    });
  });

  it.each([
    ['openid', ['sub']],
    ['openid profile', ['name', 'sub']],
    ['openid email', ['email', 'email_verified', 'sub']],
    ['openid profile email', ['email', 'email_verified', 'name', 'sub']],
  ])('gets the claims of the consented scopes: %s', async (scope, claims) => {
    const tokens = await logIn(digest, scope);
    const told = await openid.fetchUserInfo(digest.config, tokens.access_token, subjectOf(tokens));
    expect(Object.keys(told).sort()).toEqual(claims);
    // The person has opened no link in a mail.
    expect(told.email_verified ?? false).toBe(false);
    // The API does not accept it.
    await expect(running.exchange(tokens.access_token)).rejects.toMatchObject(denied('TOKEN_INVALID'));
  });

  it('gets no userinfo for a token of the API', async () => {
    const tokens = await logIn();
    await expect(openid.fetchUserInfo(digest.config, tokens.access_token, subjectOf(tokens))).rejects.toMatchObject({ status: 403 });
  });

  it('refreshes, each time with a new refresh token', async () => {
    const first = await logIn();
    const second = await digest.refresh(first.refresh_token);
    const third = await digest.refresh(second.refresh_token);
    expect(new Set([first, second, third].map(({ refresh_token }) => refresh_token)).size).toBe(3);
    expect(await sessionOf(third)).toBe(await sessionOf(first));
  });

  it('gets the same tokens again for a refresh token, if the answer was lost', async () => {
    const first = await logIn();
    const second = await digest.refresh(first.refresh_token);
    const again = await digest.refresh(first.refresh_token);
    expect({ ...again, expires_in: undefined }).toEqual({ ...second, expires_in: undefined });
    expect(again.expires_in).toBeLessThan(Number(second.expires_in));
    expect(await sessionOf(await digest.refresh(again.refresh_token))).toBe(await sessionOf(first));
  });

  it('loses the session at the second use of a refresh token whose successor was used', async () => {
    const first = await logIn();
    const session = await sessionOf(first);
    const used = await digest.refresh(first.refresh_token);
    const second = await digest.refresh(used.refresh_token);
    await expect(digest.refresh(first.refresh_token)).rejects.toMatchObject(refused);
    await expect(digest.refresh(second.refresh_token)).rejects.toMatchObject(refused);
    for (const { access_token } of [first, second]) {
      await expect(running.exchange(access_token)).rejects.toMatchObject(denied('TOKEN_INVALID'));
      expect(await openid.tokenIntrospection(digest.config, access_token)).toEqual({ active: false });
    }
    expect(await running.endOf(session)).toBe('used_twice');
    await expectAudited(running, 'token_reused', { session_id: session, actor_type: 'client', address: '127.0.0.1' });
  });
});

describe('a log-in', () => {
  it('has cookies of our names, signed, which neither scripts nor other sites can use', async () => {
    const [browser, person] = [running.browser(), await running.person()];
    const signed = (...names: string[]) => names.flatMap((name) => [name, `${name}.sig`]);
    const begun = (await fetch((await digest.begin()).url, { redirect: 'manual' })).headers.getSetCookie();
    expect(begun.map((cookie) => cookie.split('=')[0])).toEqual(expect.arrayContaining(signed('interaction', 'interaction_resume')));
    for (const cookie of begun) expect(cookie.toLowerCase()).toMatch(/; samesite=lax; httponly$/);
    await digest.logIn(browser, person);
    expect(browser.cookies.map(({ name }) => name)).toEqual(expect.arrayContaining(signed('login')));
  });

  /** The minutes until the records of a grant and its log-in expire, by model. */
  async function minutesOf(grantId: string, subject: string) {
    const rows = await query<{ model: string; minutes: number }>(
      running.auth.databaseUrl,
      `SELECT model, ceil(extract(epoch FROM expires_at - now()) / 60)::int AS minutes FROM oauth_record
       WHERE grant_id = $1 AND (model <> 'RefreshToken' OR consumed_at IS NULL) OR model = 'Session' AND payload ->> 'accountId' = $2`,
      [grantId, subject],
    );
    return Object.fromEntries(rows.map(({ model, minutes }) => [model, minutes]));
  }

  it('must be finished within ten minutes, and its tokens expire, a refreshed one with the first', async () => {
    const uid = (await running.browser().open((await digest.begin()).url)).url.pathname.split('/').at(-1) ?? '';
    const interaction = await query(
      running.auth.databaseUrl,
      `SELECT ceil(extract(epoch FROM expires_at - now()) / 60)::int AS minutes FROM oauth_record WHERE model = 'Interaction' AND hash = sha256($1)`,
      [Buffer.from(uid)],
    );
    expect(interaction).toEqual([{ minutes: 10 }]);

    const tokens = await logIn();
    const [session, subject] = [await sessionOf(tokens), subjectOf(tokens)];
    const long = SESSION_LIFETIME_S / 60;
    const lifetimes = { AccessToken: 5, AuthorizationCode: 1, Grant: long, RefreshToken: long, Session: long };
    expect(await minutesOf(session, subject)).toEqual(lifetimes);
    const older = `UPDATE oauth_record SET payload = jsonb_set(payload, '{iiat}', to_jsonb((payload ->> 'iiat')::int - 86400))
                   WHERE model = 'RefreshToken' AND grant_id = $1`;
    await query(running.auth.databaseUrl, older, [session]);
    await digest.refresh(tokens.refresh_token);
    expect(await minutesOf(session, subject)).toMatchObject({ RefreshToken: long - 24 * 60 });
  });

  it('has a token for userinfo that is valid for five seconds after its expiry, because the clocks of replicas differ', async () => {
    const tokens = await logIn(digest, 'openid');
    const statusAfter = async (seconds: number) => {
      await query(
        running.auth.databaseUrl,
        `UPDATE oauth_record SET payload = jsonb_set(payload, '{exp}', to_jsonb(extract(epoch FROM now())::int - $2::int))
         WHERE model = 'AccessToken' AND payload ->> 'accountId' = $1`,
        [subjectOf(tokens), seconds],
      );
      return (await fetch(`${running.issuer}/oidc/me`, { headers: { authorization: `Bearer ${tokens.access_token}` } })).status;
    };
    expect([await statusAfter(0), await statusAfter(7)]).toEqual([200, 401]);
  });

  it('of a suspended user is repeated, even before the suspension has ended it', async () => {
    const [browser, person] = [running.browser(), await running.person()];
    const tokens = await digest.logIn(browser, person);
    await query(running.user.databaseUrl, 'UPDATE profile SET suspended_at = now() WHERE id = $1', [subjectOf(tokens)]);
    expect((await browser.open((await digest.begin()).url)).title).toBe('Log in – Reputable');
  });
});

describe('an application in the browser, without a secret (oauth4webapi)', () => {
  it('gets tokens by code and PKCE, refreshes, and is allowed by CORS from its own origin only', async () => {
    const app = await running.application({ kind: 'public', redirectUris: ['http://127.0.0.1:4000/callback'] });
    const issuer = new URL(`${running.issuer}/oidc`);
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- without TLS, on this machine
    const insecure = { [oauth4webapi.allowInsecureRequests]: true };
    const server = await oauth4webapi.processDiscoveryResponse(issuer, await oauth4webapi.discoveryRequest(issuer, insecure));
    const client = { client_id: app.id };
    const request = await app.begin();
    const { url } = await walk(running.browser(), request.url, await running.person());
    const params = oauth4webapi.validateAuthResponse(server, client, url, request.state);
    const redeemed = await oauth4webapi.authorizationCodeGrantRequest(
      server,
      client,
      oauth4webapi.None(),
      params,
      app.callback,
      request.verifier,
      {
        ...insecure,
        additionalParameters: { resource: API },
      },
    );
    const tokens = await oauth4webapi.processAuthorizationCodeResponse(server, client, redeemed);
    const refreshed = await oauth4webapi.refreshTokenGrantRequest(server, client, oauth4webapi.None(), tokens.refresh_token ?? '', {
      ...insecure,
      additionalParameters: { resource: API },
    });
    const { access_token } = await oauth4webapi.processRefreshTokenResponse(server, client, refreshed);
    expect(decodeJwt(await running.exchange(access_token))).toMatchObject({ client_id: app.id });

    const from = (origin: string) =>
      running.post('/token', { grant_type: 'refresh_token', client_id: app.id, refresh_token: 'x' }, { origin });
    expect((await from('http://127.0.0.1:4000')).headers.get('access-control-allow-origin')).toBe('http://127.0.0.1:4000');
    expect((await from('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
  });

  it('is the only kind of application that CORS allows, also for userinfo', async () => {
    const allowed = async (app: Application) => {
      const { access_token } = await logIn(app, 'openid');
      const headers = { authorization: `Bearer ${access_token}`, origin: new URL(app.callback).origin };
      return (await fetch(`${running.issuer}/oidc/me`, { headers })).headers.get('access-control-allow-origin');
    };
    const app = await running.application({ kind: 'public' });
    expect([await allowed(app), await allowed(digest)]).toEqual([new URL(app.callback).origin, null]);
  });

  it('makes the origin of its page one that the gateway allows, unlike other clients and those without the API', async () => {
    const page = (about: Partial<NewClient>) => running.application({ kind: 'public', ...about });
    await page({ redirectUris: ['https://page.example/a', 'https://page.example:8443/b'] });
    await page({ redirectUris: ['https://openid.example/callback'], scopes: ['openid'] });
    await page({ redirectUris: ['https://confidential.example/callback'], kind: 'confidential' });
    const { origins } = await (await running.authAs()).listBrowserOrigins({});
    expect(origins).toEqual(expect.arrayContaining(['https://page.example', 'https://page.example:8443']));
    expect(origins.filter((origin) => /openid|confidential/.test(origin))).toEqual([]);
  });
});

describe('a machine', () => {
  it('gets a token without a refresh token, which the API refuses', async () => {
    const machine = await running.application({ kind: 'machine', scopes: ['posts:read'] });
    const tokens = await openid.clientCredentialsGrant(machine.config, { resource: API, scope: 'posts:read' });
    expect(tokens).toMatchObject({ token_type: 'bearer', expires_in: 300, scope: 'posts:read' });
    expect(tokens.refresh_token).toBeUndefined();
    expect(await openid.tokenIntrospection(machine.config, tokens.access_token)).toMatchObject({
      active: true,
      client_id: machine.id,
      aud: API,
    });
    await expect(running.exchange(tokens.access_token)).rejects.toMatchObject(denied('TOKEN_INVALID'));
  });

  it('is the only kind of client that may use client credentials', async () => {
    await expect(openid.clientCredentialsGrant(digest.config)).rejects.toMatchObject({
      error_description: 'requested grant type is not allowed for this client',
    });
  });
});

describe('resources', () => {
  it('are named in both requests, and a token is valid for one of them', async () => {
    const { refresh_token } = await logIn();
    const without = await digest.refresh(refresh_token, {});
    expect(without.scope).toBe('openid profile email');
    await expect(running.exchange(without.access_token)).rejects.toMatchObject(denied('TOKEN_INVALID'));
    const again = await digest.refresh(without.refresh_token);
    expect(again.scope).toBe(API_SCOPES);
    await expect(digest.refresh(again.refresh_token, { resource: 'https://other.example/' })).rejects.toMatchObject({
      error: 'invalid_target',
    });
  });

  it('are needed for scopes of the API: without one, the user is not asked for these scopes', async () => {
    const [browser, person] = [running.browser(), await running.person()];
    const { url } = await digest.begin('openid profile posts:read');
    url.searchParams.delete('resource');
    const page = await browser.open(url);
    const asked = await browser.send(page, page.forms[0], { email: person.email, password: person.password });
    expect([...asked.text.matchAll(/name="([a-z:]+)" value="yes"/g)].map(([, name]) => name)).toEqual(['profile']);
  });

  it('require a client that is registered for them', async () => {
    const reader = await running.application({ scopes: ['openid', 'profile'] });
    const page = await running.browser().open((await reader.begin('openid posts:read')).url);
    expect(page.url.searchParams.get('error')).toBe('invalid_target');
    const greedy = await running.browser().open((await reader.begin('openid email')).url);
    expect(greedy.url.searchParams.get('error')).toBe('invalid_scope');
  });
});

describe('introspection (RFC 7662)', () => {
  it('is allowed to a client for its own tokens, and to a resource server for the tokens for it', async () => {
    const tokens = await logIn();
    const [sub, gateway] = [decodeJwt(tokens.id_token ?? '').sub, await running.gateway()];
    const active = { active: true, client_id: digest.id, sub, aud: API, scope: API_SCOPES, iss: `${running.issuer}/oidc` };
    expect(await openid.tokenIntrospection(digest.config, tokens.access_token)).toMatchObject(active);
    expect(await openid.tokenIntrospection(gateway.config, tokens.access_token)).toMatchObject(active);
    expect(await openid.tokenIntrospection(digest.config, tokens.refresh_token ?? '')).toMatchObject({ active: true });
  });

  it('is refused to everybody else', async () => {
    const tokens = await logIn(digest, 'openid');
    const [other, gateway] = [await running.application(), await running.gateway()];
    for (const { config } of [other, gateway]) {
      expect(await openid.tokenIntrospection(config, tokens.access_token)).toEqual({ active: false });
      expect(await openid.tokenIntrospection(config, tokens.refresh_token ?? '')).toEqual({ active: false });
    }
    const spa = await running.application({ kind: 'public' });
    const own = await logIn(spa);
    const { body } = await running.post('/token/introspection', { token: own.access_token, client_id: spa.id });
    expect(body).toEqual({ active: false });
    expect((await running.post('/token/introspection', { token: own.access_token })).status).toBe(400);
  });

  it('reports unknown tokens and JWTs as inactive', async () => {
    const { access_token } = await logIn();
    for (const token of ['x', 'x'.repeat(43), `${access_token}x`, access_token.toLowerCase()]) {
      expect(await openid.tokenIntrospection(digest.config, token)).toEqual({ active: false });
    }
    const signed = await running.exchange(access_token);
    const { status, body } = await running.post('/token/introspection', { token: signed }, basic(digest));
    expect({ status, error: body.error }).toEqual({ status: 400, error: 'unsupported_token_type' });
  });
});

describe('revocation (RFC 7009)', () => {
  it.each(['access_token', 'refresh_token'] as const)('of an %s ends the session', async (which) => {
    const tokens = await logIn();
    const session = await sessionOf(tokens);
    await openid.tokenRevocation(digest.config, tokens[which] ?? '');
    expect(await running.endOf(session)).toBe('revoked');
    await expect(running.exchange(tokens.access_token)).rejects.toMatchObject(denied('TOKEN_INVALID'));
    await expect(digest.refresh(tokens.refresh_token)).rejects.toMatchObject(refused);
    // Revoking it again is no error.
    await openid.tokenRevocation(digest.config, tokens[which] ?? '');
  });

  it('is allowed only to the client of the token', async () => {
    const tokens = await logIn();
    const other = await running.application();
    const { status, body } = await running.post('/token/revocation', { token: tokens.refresh_token ?? '' }, basic(other));
    expect({ status, body }).toEqual({
      status: 400,
      body: { error: 'invalid_request', error_description: 'The token was issued to another client.' },
    });
    expect(await running.endOf(await sessionOf(tokens))).toBeNull();
  });
});

describe('a log-out', () => {
  const confirm = (browser: Browser, page: Shown, answer: Record<string, string>) => browser.send(page, page.forms[0], answer);

  it('ends the sessions of the log-in in every application, and no other log-in (P25)', async () => {
    const [browser, person, other, gateway] = [
      running.browser(),
      await running.person(),
      await running.application(),
      await running.gateway(),
    ];
    const here = [
      await digest.logIn(browser, person),
      await other.logIn(browser, person),
      await gateway.logIn(browser, person, `openid ${API_SCOPES}`),
    ];
    const elsewhere = await digest.logIn(running.browser(), person);
    const state = openid.randomState();
    const url = openid.buildEndSessionUrl(digest.config, {
      id_token_hint: here[0]?.id_token ?? '',
      post_logout_redirect_uri: new URL('/bye', digest.callback).href,
      state,
    });
    const page = await browser.open(url);
    expect(page).toMatchObject({ status: 200, title: 'Log out? – Reputable' });
    expect(page.headers.get('content-security-policy')).toContain(`form-action 'self' ${new URL(digest.callback).origin};`);
    const done = await confirm(browser, page, { logout: 'yes' });
    expect(done.url.href).toBe(`${new URL('/bye', digest.callback).href}?state=${state}`);

    for (const { access_token, refresh_token } of here) {
      await expect(running.exchange(access_token)).rejects.toMatchObject(denied('TOKEN_INVALID'));
      expect(refresh_token).toMatch(/^[\w-]{43}$/);
    }
    await expect(other.refresh(here[1]?.refresh_token)).rejects.toMatchObject(refused);
    await expect(gateway.refresh(here[2]?.refresh_token)).rejects.toMatchObject(refused);
    expect((await browser.open((await digest.begin()).url)).title).toBe('Log in – Reputable');
    expect(await running.endOf(await sessionOf(elsewhere))).toBeNull();
  });

  it('can end the session of one application only', async () => {
    const [browser, person, other] = [running.browser(), await running.person(), await running.application()];
    const [left, kept] = [await digest.logIn(browser, person), await other.logIn(browser, person)];
    const page = await browser.open(openid.buildEndSessionUrl(digest.config, { id_token_hint: left.id_token ?? '' }));
    expect(page.text).toContain('Leave Weekly Digest only');
    await confirm(browser, page, {});
    await expect(running.exchange(left.access_token)).rejects.toMatchObject(denied('TOKEN_INVALID'));
    expect(await running.endOf(await sessionOf(kept))).toBeNull();
  });

  it('requires a confirmation, and redirects to a registered URI only', async () => {
    const [browser, person] = [running.browser(), await running.person()];
    const tokens = await digest.logIn(browser, person);
    const evil = openid.buildEndSessionUrl(digest.config, {
      id_token_hint: tokens.id_token ?? '',
      post_logout_redirect_uri: 'https://evil.example/',
    });
    expect(await browser.open(evil)).toMatchObject({ status: 400, title: 'This did not work – Reputable' });
    const page = await browser.open(openid.buildEndSessionUrl(digest.config));
    const forged = await browser.send(page, { action: page.forms[0]?.action ?? '', fields: { xsrf: 'guess' } }, { logout: 'yes' });
    expect(forged).toMatchObject({ status: 400, title: 'This did not work – Reputable' });
    expect(await running.endOf(await sessionOf(tokens))).toBeNull();
  });

  it('without an application ends with a page that confirms it', async () => {
    const [browser, person] = [running.browser(), await running.person()];
    const tokens = await digest.logIn(browser, person);
    const done = await confirm(browser, await browser.open('/oidc/session/end'), { logout: 'yes' });
    expect(done).toMatchObject({ status: 200, title: 'You are logged out – Reputable' });
    await expect(running.exchange(tokens.access_token)).rejects.toMatchObject(denied('TOKEN_INVALID'));
  });
});

describe('a change of keys', () => {
  it('needs no restart: the new key signs, and tokens of the old key stay valid', async () => {
    const [browser, person] = [running.browser(), await running.person()];
    const before = await digest.logIn(browser, person);
    const { databaseUrl, settings } = running.auth;
    const dataSource = new DataSource(dataSourceOptions({ url: databaseUrl, entities: [SigningKey], migrations: [] }));
    await dataSource.initialize();
    await new KeyStore(dataSource, Buffer.from(settings['KEY_ENCRYPTION_KEY'] ?? '', 'base64')).rotate();
    await dataSource.destroy();
    const [current] = await query<{ kid: string }>(databaseUrl, "SELECT kid FROM signing_key WHERE state = 'current'");

    await eventually(async () => {
      const { id_token = '' } = await logIn();
      expect(decodeProtectedHeader(id_token).kid).toBe(current?.kid);
    });
    expect(decodeProtectedHeader(before.id_token ?? '').kid).not.toBe(current?.kid);
    // Tokens, log-ins and waiting requests stay valid.
    const after = await digest.refresh(before.refresh_token);
    const page = await browser.open(openid.buildEndSessionUrl(digest.config, { id_token_hint: before.id_token ?? '' }));
    expect(page).toMatchObject({ status: 200, title: 'Log out? – Reputable' });
    await browser.send(page, page.forms[0], { logout: 'yes' });
    await expect(running.exchange(after.access_token)).rejects.toMatchObject(denied('TOKEN_INVALID'));
  });
});

it('oidc-provider logs no notice', () => {
  expect(running.auth.log()).not.toMatch(/oidc-provider|WARNING|NOTICE/);
});
