import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { denied, query } from '@reputable/testing';
import { decodeJwt } from 'jose';
import * as openid from 'openid-client';
import { sharedAuthWorld } from '../auth.fixture.ts';
import { ALL, API, type Answer, type Application, basic, type OAuthWorld, type Request, openOAuthWorld, walk } from '../oauth.fixture.ts';

let running: OAuthWorld;
let digest: Application;

beforeAll(async () => {
  running = await openOAuthWorld(await sharedAuthWorld());
  digest = await running.application({ redirectUris: ['https://digest.example/callback'] });
});
afterAll(async () => {
  await running.end();
});

/** An authorization request with consent, and its code. */
async function aCode(application = digest): Promise<{ request: Request; code: string }> {
  const request = await application.begin();
  const { url } = await walk(running.browser(), request.url, await running.person());
  return { request, code: url.searchParams.get('code') ?? '' };
}

const redeem = (code: string, verifier: string, application = digest, more: Record<string, string> = {}) =>
  running.post(
    '/token',
    { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: application.callback, resource: API, ...more },
    basic(application),
  );

const refresh = (token: unknown, application: Pick<Application, 'id' | 'secret'> = digest, more: Record<string, string> = {}) =>
  running.post('/token', { grant_type: 'refresh_token', refresh_token: String(token), resource: API, ...more }, basic(application));

const twentyTimes = <T>(work: () => Promise<T>) => Promise.all(Array.from({ length: 20 }, work));

/** Checks that one request succeeded, the others were refused, and the tokens of the first are invalid. */
async function expectOneAndThenNone(answers: readonly Answer[], clientId: string): Promise<void> {
  const [first, ...more] = answers.filter(({ status }) => status === 200);
  expect(more).toEqual([]);
  for (const { body } of answers.filter(({ status }) => status !== 200)) expect(body.error).toBe('invalid_grant');
  const token = String(first?.body['access_token']);
  await expect(running.exchange(token)).rejects.toMatchObject(denied('TOKEN_INVALID'));
  expect(await openid.tokenIntrospection(digest.config, token)).toEqual({ active: false });
  expect((await refresh(first?.body['refresh_token'])).body.error).toBe('invalid_grant');
  const ends = (await running.sessionsOf(clientId)).map(({ end_reason }) => end_reason);
  expect(ends.at(-1)).toBe('used_twice');
}

describe('single use (A16)', () => {
  it('of 20 concurrent redemptions of a code one gets tokens, which end with the session', async () => {
    const { request, code } = await aCode();
    const answers = await twentyTimes(() => redeem(code, request.verifier));
    await expectOneAndThenNone(answers, digest.id);
  });

  it('20 concurrent uses of a refresh token get the same tokens, which end with the session at its next use', async () => {
    const { request, code } = await aCode();
    const { body } = await redeem(code, request.verifier);
    const answers = await twentyTimes(() => refresh(body['refresh_token']));
    const tokens = answers.map(({ status, body: { access_token, refresh_token } }) => [status, access_token, refresh_token]);
    expect(tokens).toEqual(tokens.map(() => [200, tokens[0]?.[1], tokens[0]?.[2]]));
    const next = await refresh(answers[0]?.body['refresh_token']);
    expect((await refresh(body['refresh_token'])).body.error).toBe('invalid_grant');
    expect((await refresh(next.body['refresh_token'])).body.error).toBe('invalid_grant');
    const ends = (await running.sessionsOf(digest.id)).map(({ end_reason }) => end_reason);
    expect(ends.at(-1)).toBe('used_twice');
  });

  it('a request that is refused after all checks of the refresh token leaves it unused', async () => {
    const request = await digest.begin('openid profile');
    const { url } = await walk(running.browser(), request.url, await running.person());
    const { refresh_token: token } = await digest.redeem(request, url);
    expect((await refresh(token)).body.error).toBe('invalid_target');
    expect(await digest.refresh(token, {})).toMatchObject({ access_token: expect.any(String) });
  });

  it('a refresh token is used again by its own client alone, with its secret', async () => {
    const { request, code } = await aCode();
    const token = (await redeem(code, request.verifier)).body['refresh_token'];
    await refresh(token);
    const other = await running.application();
    expect((await refresh(token, other)).body.error).toBe('invalid_grant');
    expect((await refresh(token, { id: digest.id, secret: 'x'.repeat(43) })).body.error).toBe('invalid_client');
    expect((await refresh(token)).status).toBe(200);
  });

  it('applies to tokens for userinfo, too', async () => {
    const request = await digest.begin('openid email');
    const { url } = await walk(running.browser(), request.url, await running.person());
    const answers = await twentyTimes(() => redeem(url.searchParams.get('code') ?? '', request.verifier, digest, { resource: '' }));
    const [first] = answers.filter(({ status }) => status === 200);
    const userinfo = await running.post('/me', { access_token: String(first?.body['access_token']) });
    expect(userinfo).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
  });

  it('a later second use of a code ends its session', async () => {
    const { request, code } = await aCode();
    const { body } = await redeem(code, request.verifier);
    const session = String(decodeJwt(await running.exchange(String(body['access_token'])))['sid']);
    expect(await redeem(code, request.verifier)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect(await running.endOf(session)).toBe('used_twice');
    await expect(running.exchange(String(body['access_token']))).rejects.toMatchObject(denied('TOKEN_INVALID'));
  });
});

/** The response of the authorization endpoint to a request of a logged-in user who has consented to all scopes. */
async function authorized(change: (params: URLSearchParams) => void): Promise<URL & { status?: number }> {
  const browser = running.browser();
  const person = await running.person();
  await digest.logIn(browser, person);
  const { url } = await digest.begin();
  change(url.searchParams);
  const shown = await walk(browser, url, person);
  return Object.assign(shown.url, { status: shown.status, title: shown.title });
}

describe('authorization requests (A19)', () => {
  it.each<[string, (params: URLSearchParams) => void, string]>([
    [
      'no PKCE',
      (params) =>
        ['code_challenge', 'code_challenge_method'].forEach((name) => {
          params.delete(name);
        }),
      'invalid_request',
    ],
    [
      'PKCE without a method',
      (params) => {
        params.delete('code_challenge_method');
      },
      'invalid_request',
    ],
    [
      'PKCE in the clear',
      (params) => {
        params.set('code_challenge_method', 'plain');
      },
      'invalid_request',
    ],
    [
      'a short challenge',
      (params) => {
        params.set('code_challenge', 'short');
      },
      'invalid_request',
    ],
    [
      'the implicit flow',
      (params) => {
        params.set('response_type', 'token');
      },
      'unsupported_response_type',
    ],
    [
      'an ID token from the front',
      (params) => {
        params.set('response_type', 'id_token');
      },
      'unsupported_response_type',
    ],
    [
      'a hybrid',
      (params) => {
        params.set('response_type', 'code id_token');
      },
      'unsupported_response_type',
    ],
    [
      'an unknown resource',
      (params) => {
        params.set('resource', 'https://evil.example/');
      },
      'invalid_target',
    ],
    [
      'two clients',
      (params) => {
        params.append('client_id', 'gateway');
      },
      'invalid_request',
    ],
    [
      'a request object',
      (params) => {
        params.set('request', 'e30.e30.');
      },
      'request_not_supported',
    ],
  ])('with %s get an error and no code', async (_, change, error) => {
    const landed = await authorized(change);
    const told = landed.origin === 'https://digest.example' ? new URLSearchParams(landed.search || landed.hash.slice(1)) : undefined;
    expect(told?.get('error') ?? landed).toEqual(
      told ? error : expect.objectContaining({ status: 400, title: 'This did not work – Reputable' }),
    );
    expect(told?.get('error_description') ?? 'said on the page').toMatch(/./);
    expect(landed.href).not.toMatch(/[?&#]code=/);
  });

  it.each([
    ['longer by a suffix', 'https://digest.example/callback/evil'],
    ['of a host with a suffix', 'https://digest.example.evil.example/callback'],
    ['with userinfo', 'https://digest.example@evil.example/callback'],
    ['with userinfo of the host', 'https://evil@digest.example/callback'],
    ['with a fragment', 'https://digest.example/callback#x'],
    ['of another host', 'https://evil.example/callback'],
    ['of a sub-domain', 'https://evil.digest.example/callback'],
    ['at another port', 'https://digest.example:8443/callback'],
    ['with the default port', 'https://digest.example:443/callback'],
    ['by path traversal', 'https://digest.example/callback/../callback'],
    ['by an encoded path', 'https://digest.example/%63allback'],
    ['in another case', 'https://digest.example/Callback'],
    ['of a host in another case', 'https://DIGEST.example/callback'],
    ['with a query', 'https://digest.example/callback?next=https://evil.example'],
    ['without TLS', 'http://digest.example/callback'],
    ['that is a relative path', '/callback'],
    ['that is a script', 'javascript:alert(1)'],
    ['of another client', 'http://localhost:3000/auth/callback'],
    ['with a further slash', 'https://digest.example/callback/'],
    ['with a space', 'https://digest.example/callback '],
  ])('with a redirect URI %s get an error page, not a redirect', async (_, uri) => {
    const landed = await authorized((params) => {
      params.set('redirect_uri', uri);
    });
    expect(landed).toMatchObject({ origin: running.issuer, status: 400, title: 'This did not work – Reputable' });
  });

  it('of an unknown client get an error page, not a redirect', async () => {
    for (const change of [
      (params: URLSearchParams) => {
        params.delete('client_id');
      },
      (params: URLSearchParams) => {
        params.set('client_id', 'nobody');
      },
      (params: URLSearchParams) => {
        params.set('client_id', 'no\0body');
      },
    ]) {
      expect(await authorized(change)).toMatchObject({ origin: running.issuer, status: 400 });
    }
  });

  it('of the first-party client are refused', async () => {
    const { url } = await digest.begin();
    url.searchParams.set('client_id', 'first-party');
    url.searchParams.set('redirect_uri', 'http://localhost:3000/');
    expect(await running.browser().open(url)).toMatchObject({ status: 400 });
  });
});

describe('token requests (A19)', () => {
  const isRefused = (status: number, error: string) => ({ status, body: { error, error_description: expect.any(String) } });

  it('with a wrong verifier, none, or the challenge as the verifier are refused, and the code stays valid', async () => {
    const { request, code } = await aCode();
    const challenge = await openid.calculatePKCECodeChallenge(request.verifier);
    for (const verifier of [openid.randomPKCECodeVerifier(), '', challenge, `${request.verifier}x`]) {
      expect((await redeem(code, verifier)).body).toMatchObject({
        error: expect.stringMatching(/^invalid_(grant|request)$/),
        error_description: expect.any(String),
      });
    }
    expect((await redeem(code, request.verifier)).status).toBe(200);
  });

  it('with the code of another client are refused', async () => {
    const { request, code } = await aCode();
    const other = await running.application();
    expect(await redeem(code, request.verifier, other)).toMatchObject(isRefused(400, 'invalid_grant'));
    expect(await redeem(code, request.verifier, other, { redirect_uri: digest.callback })).toMatchObject(isRefused(400, 'invalid_grant'));
    const spa = await running.application({ kind: 'public' });
    const form = {
      grant_type: 'authorization_code',
      code,
      code_verifier: request.verifier,
      redirect_uri: digest.callback,
      client_id: spa.id,
    };
    expect(await running.post('/token', form)).toMatchObject(isRefused(400, 'invalid_grant'));
  });

  it('with the refresh token of another client are refused', async () => {
    const { request, code } = await aCode();
    const { body } = await redeem(code, request.verifier);
    expect(await refresh(body['refresh_token'], await running.application())).toMatchObject(isRefused(400, 'invalid_grant'));
    expect((await refresh(body['refresh_token'])).status).toBe(200);
  });

  it('with another redirect URI are refused', async () => {
    const { request, code } = await aCode();
    expect(await redeem(code, request.verifier, digest, { redirect_uri: 'https://digest.example/other' })).toMatchObject(
      isRefused(400, 'invalid_grant'),
    );
  });

  it('get no wider scope by a refresh than by the consent', async () => {
    const request = await digest.begin('openid');
    const { url } = await walk(running.browser(), request.url, await running.person());
    const { refresh_token } = await digest.redeem(request, url);
    expect(await refresh(refresh_token, digest, { scope: ALL })).toMatchObject(isRefused(400, 'invalid_scope'));
    expect(await refresh(refresh_token, digest, { scope: 'openid email' })).toMatchObject(isRefused(400, 'invalid_scope'));
    // Nor a scope of a resource without consent.
    expect(await refresh(refresh_token)).toMatchObject(isRefused(400, 'invalid_target'));
  });

  it('with a password or an unknown grant type are refused', async () => {
    const { email, password } = await running.person();
    const form = { username: email, password, scope: ALL };
    for (const type of [
      'password',
      'implicit',
      'urn:ietf:params:oauth:grant-type:token-exchange',
      'urn:ietf:params:oauth:grant-type:jwt-bearer',
      '',
    ]) {
      expect((await running.post('/token', { ...form, grant_type: type }, basic(digest))).body).toMatchObject({
        error: expect.stringMatching(/^(unsupported_grant_type|unauthorized_client|invalid_request)$/),
        error_description: expect.any(String),
      });
    }
    expect(await running.post('/token', { ...form, grant_type: 'refresh_token', client_id: 'first-party' })).toMatchObject({
      status: 400,
      body: { error_description: 'requested grant type is not allowed for this client' },
    });
  });

  it('without valid client authentication are refused', async () => {
    const { request, code } = await aCode();
    const form = { grant_type: 'authorization_code', code, code_verifier: request.verifier, redirect_uri: digest.callback };
    for (const headers of [basic({ id: digest.id, secret: 'wrong' }), basic({ id: 'nobody', secret: 'x' })]) {
      expect(await running.post('/token', form, headers)).toMatchObject(isRefused(401, 'invalid_client'));
    }
    // The hash in the database is not the secret.
    const [{ hash } = { hash: '' }] = await query<{ hash: string }>(
      running.auth.databaseUrl,
      "SELECT metadata ->> 'client_secret' AS hash FROM oauth_client WHERE id = $1",
      [digest.id],
    );
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(await running.post('/token', form, basic({ id: digest.id, secret: hash }))).toMatchObject(isRefused(401, 'invalid_client'));
    expect(await running.post('/token', { ...form, client_id: digest.id })).toMatchObject({
      body: { error: expect.stringMatching(/invalid_/) },
    });
  });

  it.each([
    ['an invalid form', 'x', 'text/plain'],
    ['JSON', '{"grant_type":"refresh_token"}', 'application/json'],
    ['a megabyte', `grant_type=${'x'.repeat(1_000_000)}`, 'application/x-www-form-urlencoded'],
    ['a repeated parameter', 'grant_type=refresh_token&refresh_token=a&refresh_token=b', 'application/x-www-form-urlencoded'],
  ])('with %s get an error in JSON', async (_, body, type) => {
    const response = await fetch(`${running.issuer}/oidc/token`, {
      method: 'POST',
      body,
      headers: { ...basic(digest), 'content-type': type },
    });
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(500);
    expect(await response.json()).toMatchObject({ error: expect.any(String), error_description: expect.any(String) });
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });
});

it('the database contains no usable token', async () => {
  const { request, code } = await aCode();
  const { body } = await redeem(code, request.verifier);
  const [{ dump } = { dump: '' }] = await query<{ dump: string }>(
    running.auth.databaseUrl,
    "SELECT string_agg(model || encode(hash, 'hex') || payload::text, ' ') AS dump FROM oauth_record",
  );
  expect(dump).toContain('RefreshToken');
  for (const secret of [code, request.verifier, body['access_token'], body['refresh_token'], digest.secret])
    expect(dump).not.toContain(String(secret));
});
