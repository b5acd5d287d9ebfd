import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { calculateJwkThumbprint, decodeJwt, exportJWK } from 'jose';
import * as openid from 'openid-client';
import { sharedAuthWorld } from '../auth.fixture.ts';
import { API, type Application, basic, type OAuthWorld, openOAuthWorld, walk } from '../oauth.fixture.ts';

let running: OAuthWorld;

beforeAll(async () => {
  running = await openOAuthWorld(await sharedAuthWorld());
});
afterAll(async () => {
  await running.end();
});

const SCOPE = 'openid posts:read';

/** A DPoP key of an application, and the thumbprint of its public key. */
async function aKey({ config }: Application) {
  const keys = await openid.randomDPoPKeyPair('ES256', { extractable: true });
  return { DPoP: openid.getDPoPHandle(config, keys), thumbprint: await calculateJwkThumbprint(await exportJWK(keys.publicKey)) };
}

/** The whole flow of an application that proves its key. */
async function logIn(application: Application, DPoP: openid.DPoPHandle) {
  const request = await application.begin(SCOPE);
  const { url } = await walk(running.browser(), request.url, await running.person());
  const checks = { pkceCodeVerifier: request.verifier, expectedState: request.state };
  return openid.authorizationCodeGrant(application.config, url, checks, { resource: API }, { DPoP });
}

const auth = () => running.authAs();

describe('a token of a client that proves its key (DPoP, RFC 9449)', () => {
  it.each(['public', 'confidential'] as const)('of a %s client is bound to the key, and the gateway learns the key', async (kind) => {
    const application = await running.application({ kind });
    const { DPoP, thumbprint } = await aKey(application);
    const tokens = await logIn(application, DPoP);
    expect(tokens.token_type).toBe('dpop');
    const exchanged = await (await auth()).exchangeToken({ subjectToken: tokens.access_token, audience: ['post'] });
    expect(exchanged.proofKey).toBe(thumbprint);
    const { auth_time, amr } = decodeJwt(tokens.id_token ?? '');
    expect(decodeJwt(exchanged.accessToken)).toMatchObject({ auth_time, amr });
    expect(amr).toEqual(['pwd']);
    const plain = await application.logIn(running.browser(), await running.person(), SCOPE);
    expect((await (await auth()).exchangeToken({ subjectToken: plain.access_token, audience: ['post'] })).proofKey).toBe('');
  });

  it('can be refreshed by a public client only with the same key', async () => {
    const application = await running.application({ kind: 'public' });
    const [own, other] = [await aKey(application), await aKey(application)];
    const { refresh_token: token = '' } = await logIn(application, own.DPoP);
    const refresh = (DPoP?: openid.DPoPHandle) =>
      openid.refreshTokenGrant(application.config, token, { resource: API }, DPoP === undefined ? {} : { DPoP });
    await expect(refresh(other.DPoP)).rejects.toMatchObject({ error: 'invalid_grant' });
    await expect(refresh()).rejects.toMatchObject({ error: 'invalid_grant' });
    const next = await refresh(own.DPoP);
    const exchanged = await (await auth()).exchangeToken({ subjectToken: next.access_token, audience: ['post'] });
    expect(exchanged.proofKey).toBe(own.thumbprint);
    // The same for a retry of the refresh.
    await expect(refresh(other.DPoP)).rejects.toMatchObject({ error: 'invalid_grant' });
    await expect(refresh()).rejects.toMatchObject({ error: 'invalid_grant' });
    expect((await refresh(own.DPoP)).access_token).toBe(next.access_token);
  });

  it('of userinfo is refused as a bearer token', async () => {
    const application = await running.application({ kind: 'public' });
    const { DPoP } = await aKey(application);
    const { refresh_token: token = '' } = await logIn(application, DPoP);
    const { access_token: forUserinfo } = await openid.refreshTokenGrant(application.config, token, {}, { DPoP });
    const me = `${running.issuer}/oidc/me`;
    expect((await fetch(me, { headers: { authorization: `Bearer ${forUserinfo}` } })).status).toBe(401);
    const proven = await openid.fetchProtectedResource(application.config, forUserinfo, new URL(me), 'GET', null, undefined, { DPoP });
    expect(proven.status).toBe(200);
  });

  it('can be required of a client', async () => {
    const application = await running.application({ mustProve: true });
    const request = await application.begin(SCOPE);
    const { url } = await walk(running.browser(), request.url, await running.person());
    const form = { grant_type: 'authorization_code', code: url.searchParams.get('code') ?? '', redirect_uri: application.callback };
    const { status, body } = await running.post('/token', { ...form, code_verifier: request.verifier }, basic(application));
    expect({ status, error: body.error }).toEqual({ status: 400, error: 'invalid_grant' });
    expect((await logIn(application, (await aKey(application)).DPoP)).token_type).toBe('dpop');
  });
});
