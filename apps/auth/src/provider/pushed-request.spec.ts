import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as openid from 'openid-client';
import { sharedAuthWorld } from '../auth.fixture.ts';
import { API, type Application, basic, type OAuthWorld, openOAuthWorld, walk } from '../oauth.fixture.ts';

let running: OAuthWorld;
let application: Application;

beforeAll(async () => {
  running = await openOAuthWorld(await sharedAuthWorld());
  application = await running.application();
});
afterAll(async () => {
  await running.end();
});

const SCOPE = 'openid posts:read';

/** Pushes an authorization request with openid-client. */
async function push(client = application) {
  const { url, verifier, state, resource } = await client.begin(SCOPE);
  const pushed = await openid.buildAuthorizationUrlWithPAR(client.config, new URLSearchParams(url.searchParams));
  return { url: pushed, verifier, state, resource };
}

/** Pushes an authorization request with these parameters added or replaced. */
async function pushRaw(more: Record<string, string>, headers: Record<string, string> = basic(application)) {
  const { url } = await application.begin(SCOPE);
  return running.post('/request', { ...Object.fromEntries(url.searchParams), ...more }, headers);
}

describe('a pushed authorization request (RFC 9126)', () => {
  it('leads to tokens, and the browser carries only a reference', async () => {
    const request = await push();
    expect([...request.url.searchParams.keys()].sort()).toEqual(['client_id', 'request_uri']);
    const tokens = await application.redeem(request, (await walk(running.browser(), request.url, await running.person())).url);
    expect(tokens.scope).toBe('posts:read');
  });

  it('is valid once', async () => {
    const { url } = await push();
    await walk(running.browser(), url, await running.person());
    const again = await walk(running.browser(), url, await running.person());
    expect(again.url.searchParams.get('error')).toBe('invalid_request_uri');
  });

  it('is of one client: another one cannot use it', async () => {
    const { url } = await push();
    url.searchParams.set('client_id', (await running.application()).id);
    expect((await running.browser().open(url)).url.searchParams.get('error')).toBe('invalid_request_object');
  });

  it('is refused without the secret of its client', async () => {
    const { status, body } = await pushRaw({}, basic({ id: application.id, secret: 'wrong' }));
    expect({ status, error: body.error }).toEqual({ status: 401, error: 'invalid_client' });
  });

  it.each([
    ['without PKCE', { code_challenge: '', code_challenge_method: '' }, 'invalid_request'],
    ['with another redirect URI', { redirect_uri: 'https://evil.example/callback' }, 'invalid_request'],
    ['for an unknown API', { resource: `${API}/other` }, 'invalid_target'],
  ])('%s is refused when it is pushed', async (_, more, error) => {
    const { status, body } = await pushRaw(Object.fromEntries(Object.entries(more)));
    expect({ status, error: body.error }).toEqual({ status: 400, error });
  });

  it('can be required of a client', async () => {
    const careful = await running.application({ mustPush: true });
    const { url } = await careful.begin(SCOPE);
    expect((await running.browser().open(url)).url.searchParams.get('error')).toBe('invalid_request');
    const request = await push(careful);
    expect((await walk(running.browser(), request.url, await running.person())).url.searchParams.has('code')).toBe(true);
  });
});
