import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as openid from 'openid-client';
import { type Person, Provider } from './index.ts';

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
