import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aUser, type RunningService, TestWorld } from '@reputable/testing';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type GenerateKeyPairResult, type JWK, SignJWT } from 'jose';
import { hash, randomUUID } from 'node:crypto';
import { type IncomingMessage, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { asking } from '../testing/ask.ts';
import { NONCE_PERIOD_MS, Nonces } from './nonces.ts';

/** A client with a key, and a token that is bound to it. */
interface Holder {
  readonly keys: GenerateKeyPairResult;
  readonly jwk: JWK;
  readonly token: string;
}

const ME = '{ me { id } }';
/** No service runs: a request that the gateway accepts and forwards ends with UNAVAILABLE. */
const REACHED = { status: 200, errors: [{ extensions: { reason: 'SERVICE_UNAVAILABLE' } }] };
const refused = (reason: string) => ({
  status: 401,
  data: undefined,
  errors: [{ extensions: { code: 'UNAUTHENTICATED', reason, metadata: {} } }],
});

let world: TestWorld;
let gateway: RunningService;
let ask: ReturnType<typeof asking>;
let holder: Holder;

beforeAll(async () => {
  world = await TestWorld.create();
  gateway = await world.start('gateway', { PUBLIC_URL: 'https://api.example' });
  ask = asking(gateway.ports.http);
  holder = await aHolder();
});
afterAll(() => world.end());

async function aHolder(alg = 'ES256'): Promise<Holder> {
  const keys = await generateKeyPair(alg);
  const jwk = await exportJWK(keys.publicKey);
  return { keys, jwk, token: world.opaque(aUser(), { proofKey: await calculateJwkThumbprint(jwk) }) };
}

const ath = (token: string) => hash('sha256', token, 'base64url');

/** A proof of a holder, with these claims and header parameters replaced. */
function proofOf({ keys, jwk, token }: Holder, claims: Record<string, unknown> = {}, header: object = {}, alg = 'ES256'): Promise<string> {
  const good = { htm: 'POST', htu: 'https://api.example/graphql', ath: ath(token), jti: randomUUID() };
  return new SignJWT({ ...good, ...claims })
    .setProtectedHeader({ alg, typ: 'dpop+jwt', jwk, ...header })
    .setIssuedAt()
    .sign(keys.privateKey);
}

const send = (token: string, proof: string, scheme = 'DPoP') => ask(ME, { headers: { authorization: `${scheme} ${token}`, dpop: proof } });

/** The nonce that the gateway asks for. */
async function aNonce(): Promise<string> {
  const { headers } = await send(holder.token, await proofOf(holder));
  return headers.get('dpop-nonce') ?? '';
}

describe('a token that is bound to a key (DPoP, RFC 9449)', () => {
  it('is accepted with a fresh proof of that key; the first answer has the nonce', async () => {
    const first = await send(holder.token, await proofOf(holder));
    expect(first).toMatchObject(refused('PROOF_NONCE'));
    expect(first.headers.get('www-authenticate')).toMatch(/^DPoP error="use_dpop_nonce", .*algs="ES256 Ed25519 EdDSA"$/);
    const nonce = first.headers.get('dpop-nonce');
    const second = await send(holder.token, await proofOf(holder, { nonce }));
    expect(second).toMatchObject(REACHED);
    expect(second.headers.get('dpop-nonce')).toMatch(/^[\w-]{43}$/);
  });

  it.each(['ES256', 'Ed25519'])('is accepted with a proof by %s', async (alg) => {
    const other = await aHolder(alg);
    expect(await send(other.token, await proofOf(other, { nonce: await aNonce() }, {}, alg))).toMatchObject(REACHED);
  });

  it('costs one exchange for many requests', async () => {
    const other = await aHolder();
    for (let turn = 0; turn < 3; turn += 1) {
      expect(await send(other.token, await proofOf(other, { nonce: await aNonce() }))).toMatchObject(REACHED);
    }
    expect(world.exchange.countOf(other.token)).toBe(1);
  });

  it('is refused as a bearer token, known or not', async () => {
    const other = await aHolder();
    expect(await ask(ME, { token: other.token })).toMatchObject(refused('TOKEN_BOUND'));
    expect(await send(other.token, await proofOf(other, { nonce: await aNonce() }))).toMatchObject(REACHED);
    const answer = await ask(ME, { token: other.token });
    expect(answer).toMatchObject(refused('TOKEN_BOUND'));
    expect(answer.headers.get('www-authenticate')).toMatch(/^DPoP error="invalid_token"/);
    expect(await send(other.token, await proofOf(other, { nonce: await aNonce() }), 'Bearer')).toMatchObject(refused('TOKEN_BOUND'));
  });

  it('is refused with a proof for another server, also if the request line names that server', async () => {
    const htu = 'https://other.example/graphql';
    const dpop = await proofOf(holder, { nonce: await aNonce(), htu });
    const headers = { authorization: `DPoP ${holder.token}`, dpop, 'content-type': 'application/json' };
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent = request({ port: gateway.ports.http, path: htu, method: 'POST', headers }, resolve);
      sent.on('error', reject).end(JSON.stringify({ query: ME }));
    });
    expect(await json(answer)).toMatchObject({ errors: [{ extensions: { reason: 'PROOF_INVALID' } }] });
  });

  it('that was stolen is refused with a proof of the thief’s own key', async () => {
    const thief = { ...(await aHolder()), token: holder.token };
    expect(await send(holder.token, await proofOf(thief, { nonce: await aNonce() }))).toMatchObject(refused('TOKEN_BOUND'));
  });

  it('is refused with a proof that was used before', async () => {
    const proof = await proofOf(holder, { nonce: await aNonce() });
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(holder.token, proof)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ errors }) => errors[0]?.extensions.reason === 'PROOF_INVALID')).toHaveLength(19);
  });

  it.each<[string, Record<string, unknown>, object]>([
    ['for another method', { htm: 'GET' }, {}],
    ['for another path', { htu: 'https://api.example/graphiql' }, {}],
    ['for another host', { htu: 'https://evil.example/graphql' }, {}],
    ['for no URL', { htu: 'graphql' }, {}],
    ['of another token', { ath: ath('another') }, {}],
    ['without a token', { ath: undefined }, {}],
    ['without an id', { jti: '' }, {}],
    ['of another type', {}, { typ: 'JWT' }],
  ])('is refused with a proof %s', async (_, claims, header) => {
    const proof = await proofOf(holder, { nonce: await aNonce(), ...claims }, header);
    expect(await send(holder.token, proof)).toMatchObject(refused('PROOF_INVALID'));
  });

  it('is refused with a proof whose signature is of another key, that is signed with a secret, or that contains a private key', async () => {
    const [other, nonce] = [await aHolder(), await aNonce()];
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const hmac = new SignJWT({ nonce }).setProtectedHeader({ alg: 'HS256', typ: 'dpop+jwt', jwk: { kty: 'oct' } });
    const proofs = [
      await proofOf({ ...holder, keys: other.keys }, { nonce }),
      await hmac.sign(new Uint8Array(32)),
      await proofOf(holder, { nonce }, { jwk: await exportJWK(privateKey) }),
      'no JWT',
    ];
    for (const proof of proofs) expect(await send(holder.token, proof)).toMatchObject(refused('PROOF_INVALID'));
  });

  it('is refused without a proof, and with two', async () => {
    expect(await ask(ME, { headers: { authorization: `DPoP ${holder.token}` } })).toMatchObject(refused('PROOF_INVALID'));
    const nonce = await aNonce();
    const two = [await proofOf(holder, { nonce }), await proofOf(holder, { nonce })].join(', ');
    expect(await send(holder.token, two)).toMatchObject(refused('PROOF_INVALID'));
  });

  it.each(['made up', 'A'.repeat(43)])('is refused with the nonce %s', async (nonce) => {
    expect(await send(holder.token, await proofOf(holder, { nonce }))).toMatchObject(refused('PROOF_NONCE'));
  });
});

it('a token that is not bound is refused with a proof', async () => {
  const token = world.opaque(aUser());
  const unbound = { ...holder, token };
  expect(await send(token, await proofOf(unbound, { nonce: await aNonce() }))).toMatchObject(refused('TOKEN_NOT_BOUND'));
  expect(await ask(ME, { token })).toMatchObject(REACHED);
});

describe('a nonce', () => {
  const [nonces, others] = [new Nonces(Buffer.alloc(32, 1)), new Nonces(Buffer.alloc(32, 2))];

  it('is accepted for one to two periods, by all gateways with the same secret', () => {
    const nonce = nonces.current(10 * NONCE_PERIOD_MS);
    expect(new Nonces(Buffer.alloc(32, 1)).periodOf(nonce, 10 * NONCE_PERIOD_MS)).toBe(10);
    expect(others.periodOf(nonce, 10 * NONCE_PERIOD_MS)).toBeUndefined();
    expect(nonces.periodOf(nonce, 12 * NONCE_PERIOD_MS - 1)).toBe(10);
    expect(nonces.periodOf(nonce, 12 * NONCE_PERIOD_MS)).toBeUndefined();
    expect(nonces.periodOf(nonce, 10 * NONCE_PERIOD_MS - 1)).toBeUndefined();
  });
});
