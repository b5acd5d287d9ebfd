import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FetchOptions } from './issuer-options.ts';
import { KeySource, KeysUnavailable, KeyUnknown } from './key-source.ts';

let server: Server;
let url: URL;
let requests: number;
let answer: RequestListener;
let key: JWK;

const json =
  (body: unknown): RequestListener =>
  (_request, response) =>
    response.end(JSON.stringify(body));
const sourceWith = (options: FetchOptions & { readonly jwksUri?: URL } = {}) =>
  new KeySource({ jwksUri: url, cooldownMs: 0, ...options }, 'https://auth.example.com');
const find = (source: KeySource, kid = 'a') => source.get({ alg: 'ES256', kid });
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

beforeEach(async () => {
  key = { ...(await exportJWK((await generateKeyPair('ES256', { extractable: true })).publicKey)), kid: 'a', use: 'sig' };
  requests = 0;
  answer = json({ keys: [key] });
  server = createServer((request, response) => {
    requests += 1;
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`);
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

describe('A6: the keys of the issuer', () => {
  it('are fetched once for any number of tokens', async () => {
    const source = sourceWith();
    await Promise.all(Array.from({ length: 100 }, () => find(source)));
    expect(requests).toBe(1);
  });

  it('are fetched again for an unknown key id, once per cooldown', async () => {
    const source = sourceWith({ cooldownMs: 1_000 });
    await find(source);
    for (let i = 0; i < 50; i += 1) await expect(find(source, `unknown${i}`)).rejects.toThrow(KeyUnknown);
    expect(requests).toBe(1);
    await pause(1_050);
    answer = json({ keys: [key, { ...key, kid: 'b' }] });
    await find(source, 'b');
    expect(requests).toBe(2);
  });

  it('stay in use while the issuer is down, for maxStaleMs at most', async () => {
    const source = sourceWith({ maxAgeMs: 50, maxStaleMs: 1_500 });
    await find(source);
    answer = (_request, response) => response.writeHead(503).end();
    await pause(100);
    await find(source);
    expect(requests).toBeGreaterThan(1);
    await pause(1_600);
    await expect(find(source)).rejects.toThrow(KeysUnavailable);
    answer = json({ keys: [key] });
    await find(source);
  });

  it('are requested once per cooldown while the issuer is down', async () => {
    const source = sourceWith({ maxAgeMs: 0, cooldownMs: 10_000 });
    await find(source);
    answer = (_request, response) => response.writeHead(503).end();
    for (let i = 0; i < 50; i += 1) await find(source);
    expect(requests).toBe(2);
  });

  describe('when the system clock is set back', () => {
    afterEach(() => {
      jest.restoreAllMocks();
    });
    const setBack = () => jest.spyOn(Date, 'now').mockReturnValue(Date.now() - 3_600_000);

    it('are fetched soon after a failed fetch', async () => {
      const source = sourceWith({ cooldownMs: 10_000 });
      answer = (_request, response) => response.writeHead(503).end();
      await expect(find(source)).rejects.toThrow(KeysUnavailable);
      answer = json({ keys: [key] });
      setBack();
      await pause(1_050);
      await find(source);
    });

    it('are not used for longer before the next fetch', async () => {
      const source = sourceWith({ maxAgeMs: 500 });
      await find(source);
      answer = json({ keys: [{ ...key, kid: 'b' }] });
      setBack();
      await pause(550);
      await expect(find(source)).rejects.toThrow(KeyUnknown);
    });

    it('are fetched for an unknown key id after the cooldown', async () => {
      const source = sourceWith({ cooldownMs: 500 });
      await find(source);
      answer = json({ keys: [key, { ...key, kid: 'b' }] });
      setBack();
      await pause(550);
      await find(source, 'b');
    });
  });

  const spki = 'x'.repeat(70_000);
  it.each<[string, () => RequestListener]>([
    ['an error', () => (_request, response) => response.writeHead(500).end()],
    ['HTML', () => (_request, response) => response.end('<html>')],
    ['a redirect', () => (_request, response) => response.writeHead(302, { location: '/other' }).end()],
    ['something huge', () => json({ keys: [key], more: spki })],
    ['something endless', () => (_request, response) => void setInterval(() => response.write('{'.repeat(1000)), 1).unref()],
    ['silence', () => () => undefined],
    ['no keys', () => json({})],
    ['null', () => json(null)],
    ['a private key', () => json({ keys: [key, { ...key, kid: 'p', d: 'AAAA' }] })],
    ['a secret', () => json({ keys: [key, { kty: 'oct', k: 'AAAA', kid: 's' }] })],
  ])('a cold start with %s in place of keys fails closed', async (_name, wrong) => {
    answer = wrong();
    await expect(find(sourceWith({ timeoutMs: 300 }))).rejects.toThrow(KeysUnavailable);
  });

  it('are unavailable if nothing listens on the JWKS URL', async () => {
    await expect(find(sourceWith({ jwksUri: new URL('http://127.0.0.1:1/') }))).rejects.toThrow(KeysUnavailable);
  });
});
