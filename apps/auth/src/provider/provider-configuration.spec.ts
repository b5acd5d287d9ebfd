import { describe, expect, it } from '@jest/globals';
import { SignJWT } from 'jose';
import { type AdapterPayload, type Configuration, Provider } from 'oidc-provider';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { providerConfiguration } from './provider-configuration.ts';

const CLIENT: AdapterPayload = {
  client_id: 'digest',
  redirect_uris: ['https://digest.example/callback'],
  token_endpoint_auth_method: 'none',
  response_types: ['code'],
  grant_types: ['authorization_code'],
};

const nothing = () => Promise.resolve(undefined);
const adapter = {
  find: () => Promise.resolve(CLIENT),
  upsert: nothing,
  findByUid: nothing,
  findByUserCode: nothing,
  consume: nothing,
  destroy: nothing,
  revokeByGrantId: nothing,
};

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

const configured = (secure: boolean): Configuration =>
  providerConfiguration({
    api: 'https://api.example/graphql',
    adapter: () => adapter,
    jwks: { keys: [privateKey.export({ format: 'jwk' })] },
    cookieKeys: [new Uint8Array(32)],
    proofSecret: new Uint8Array(32),
    secure,
    findAccount: () => undefined,
    loadExistingGrant: nothing,
    interactionPath: (uid) => `/interaction/${uid}`,
    logoutPages: {},
    renderError: (ctx, { error }) => void (ctx.body = error),
  });

type Options = Readonly<Record<string, unknown>>;

const isOptions = (value: unknown): value is Options => Object.getPrototypeOf(value ?? '') === Object.prototype;

/** The options, each with its path. */
const leavesOf = (options: Options, path: readonly string[] = []): [string[], unknown][] =>
  Object.entries(options).flatMap(([name, value]): [string[], unknown][] =>
    isOptions(value) && Object.keys(value).length > 0 ? leavesOf(value, [...path, name]) : [[[...path, name], value]],
  );

const at = (options: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((found, name) => (isOptions(found) ? found[name] : undefined), options);

const has = (options: unknown, [name = '', ...path]: readonly string[]): boolean =>
  isOptions(options) && name in options && (path.length === 0 || has(options[name], path));

/** The defaults of oidc-provider. */
const library = dirname(fileURLToPath(import.meta.resolve('oidc-provider')));
const { defaults } = (await import(join(library, 'helpers/defaults.js'))) as { readonly defaults: Options };

/** The groups of options in which oidc-provider has a name for each. It ignores unknown ones. */
const NAMED = ['features', 'pkce', 'interactions', 'ttl'];

describe('an option of oidc-provider', () => {
  const options = leavesOf(configured(true) as Options);

  it('exists', () => {
    const unknown = options.filter(([path]) => !has(defaults, NAMED.includes(path[0] ?? '') ? path : path.slice(0, 1)));
    expect(unknown.map(([path]) => path.join('.'))).toEqual([]);
  });

  it('has another value than the default', () => {
    const same = options.filter(([path, value]) => isDeepStrictEqual(value, at(defaults, path)));
    expect(same.map(([path]) => path.join('.'))).toEqual([]);
  });
});

/** Runs `work` with the origin of a server of this provider. */
async function served<T>(provider: Provider, work: (origin: string) => Promise<T>): Promise<T> {
  const handle = provider.callback();
  const server = createServer((request, response) => void handle(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await work(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

describe('the nonce of a DPoP proof (RFC 9449 §8)', () => {
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' });

  /** The answer of a new replica to a token request with a proof. */
  const answerTo = (nonce?: string) =>
    served(new Provider('https://auth.example', configured(true)), async (origin) => {
      const proof = await new SignJWT({ htm: 'POST', htu: `${origin}/token`, jti: randomUUID(), ...(nonce !== undefined && { nonce }) })
        .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: key.publicKey.export({ format: 'jwk' }) })
        .setIssuedAt()
        .sign(key.privateKey);
      const form = { grant_type: 'authorization_code', client_id: CLIENT['client_id'] as string, code: 'x'.repeat(43) };
      const body = new URLSearchParams({ ...form, code_verifier: 'x'.repeat(43), redirect_uri: 'https://digest.example/callback' });
      const response = await fetch(`${origin}/token`, { method: 'POST', headers: { DPoP: proof }, body });
      return { nonce: response.headers.get('dpop-nonce') ?? undefined, error: ((await response.json()) as { error: string }).error };
    });

  it('is required, and that of one replica is valid at the others', async () => {
    const { nonce, error } = await answerTo();
    expect([typeof nonce, error]).toEqual(['string', 'use_dpop_nonce']);
    expect((await answerTo('made-up')).error).toBe('use_dpop_nonce');
    // The proof is accepted, and the code is not.
    expect((await answerTo(nonce)).error).toBe('invalid_grant');
  });
});

describe('the cookies of an issuer with https', () => {
  /** The names of the cookies with which a log-in begins, and whether each is for https only. */
  async function cookiesOf(headers: Record<string, string>): Promise<Record<string, boolean>> {
    const provider = new Provider('https://auth.example', configured(true));
    provider.proxy = true;
    const parameters = new URLSearchParams({
      client_id: CLIENT['client_id'] as string,
      response_type: 'code',
      scope: 'openid',
      code_challenge: 'x'.repeat(43),
      code_challenge_method: 'S256',
    });
    const cookies = await served(provider, async (origin) => {
      const response = await fetch(`${origin}/auth?${parameters.toString()}`, { redirect: 'manual', headers });
      return response.headers.getSetCookie();
    });
    return Object.fromEntries(cookies.map((cookie): [string, boolean] => [cookie.replace(/=.*/, ''), /; secure(;|$)/i.test(cookie)]));
  }

  it('are for https only', async () => {
    const cookies = await cookiesOf({ 'x-forwarded-proto': 'https' });
    expect(cookies).toMatchObject({ interaction: true, interaction_resume: true });
    expect(Object.values(cookies)).not.toContain(false);
  });

  it('are not sent over http', async () => {
    expect(await cookiesOf({})).toEqual({});
  });
});
