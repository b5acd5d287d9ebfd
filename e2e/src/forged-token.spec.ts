import { beforeAll, describe, expect, it } from '@jest/globals';
import { AuthService } from '@reputable/contracts/auth/v1/auth';
import { CommentService } from '@reputable/contracts/comment/v1/comment';
import { PostService } from '@reputable/contracts/post/v1/post';
import { UserService } from '@reputable/contracts/user/v1/user';
import { Code } from '@reputable/errors';
import { aUser, type TestService } from '@reputable/testing';
import { createHmac } from 'node:crypto';
import { Subjects } from './subject.ts';

const user = aUser({ roles: ['ADMIN', 'MODERATOR'], reputation: 10_000 });
const now = () => Math.floor(Date.now() / 1000);
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

let subjects: Subjects;
let gateway: TestService;

beforeAll(async () => {
  subjects = await Subjects.start();
  gateway = await subjects.world.service('gateway');
});

const good = (claims: object = {}, header: object = {}) => subjects.world.issuer.tokenFor(user, { ...claims }, { ...header });

/** A valid token with another header and a forged signature. */
async function resigned(header: object, sign: (input: string) => string): Promise<string> {
  const [first = '', payload = ''] = (await good()).split('.');
  const input = `${encode({ ...(JSON.parse(Buffer.from(first, 'base64url').toString()) as object), ...header })}.${payload}`;
  return `${input}.${sign(input)}`;
}

const forgeries: [string, () => Promise<string>][] = [
  ['A1 alg: none', () => resigned({ alg: 'none' }, () => '')],
  ['A1 alg: NoNe', () => resigned({ alg: 'NoNe' }, () => 'AA')],
  ['A1 an empty signature', async () => (await good()).replace(/[^.]*$/, '')],
  ['A1 HS256 keyed with the public key', () => resigned({ alg: 'HS256' }, hmacWithPublicKey)],
  ['A1 roles changed after signing', tampered],
  ['A2 kid: a path', () => good({}, { kid: '../../etc/passwd' })],
  ['A2 jku', () => good({}, { jku: 'http://127.0.0.1:9/jwks' })],
  ['A3 iss of somebody else', () => good({ iss: 'https://evil.example' })],
  ['A3 iss with a trailing slash', () => good({ iss: `${subjects.world.issuer.url}/` })],
  ['A3 aud of somebody else', () => good({ aud: ['billing'] })],
  ['A3 typ of an ID token', () => good({}, { typ: 'JWT' })],
  ['A3 no exp', () => good({ exp: undefined })],
  ['A3 exp in a thousand years', () => good({ exp: now() + 3e10 })],
  ['A3 expired', () => good({ iat: now() - 120, exp: now() - 60 })],
  ['A3 nbf in an hour', () => good({ nbf: now() + 3_600 })],
  // The transports of the services and of the gateway reject more than 16 KB of headers.
  ['A4 600 claims, 9 KB', () => good(Object.fromEntries(Array.from({ length: 600 }, (_, n) => [`c${n}`, n])))],
];

function hmacWithPublicKey(input: string): string {
  return createHmac('sha256', JSON.stringify(subjects.world.issuer.keys.publicKey)).update(input).digest('base64url');
}

async function tampered(): Promise<string> {
  const [header = '', payload = '', signature = ''] = (await good()).split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
  return [header, encode({ ...claims, roles: ['ADMIN'] }), signature].join('.');
}

/** A read of each service that needs no user; of auth, one that needs a user. A forged token is refused by all. */
const reads: Record<string, (token?: string) => Promise<unknown>> = {
  auth: async (token) => (await subjects.world.client(AuthService, serviceOf('auth'), { token })).listSessions({}),
  user: async (token) => (await subjects.world.client(UserService, serviceOf('user'), { token })).listUsers({}),
  post: async (token) => (await subjects.world.client(PostService, serviceOf('post'), { token })).listPosts({}),
  comment: async (token) =>
    (await subjects.world.client(CommentService, serviceOf('comment'), { token })).listComments({ postId: user.id }),
};
const serviceOf = (name: string) => subjects.services[name] as TestService;

const atTheGateway = (token: string) =>
  fetch(`http://127.0.0.1:${gateway.ports.http}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: '{"query":"{ posts { nodes { id } } }"}',
  });

/** The gateway's response to this token, and the number of token exchanges at auth. */
async function tryAtTheGateway(token: string) {
  const { requests } = subjects.world.exchange;
  const before = requests.length;
  const response = await atTheGateway(token);
  return { response, exchanges: requests.length - before };
}

async function expectRefusedAtTheGateway(token: string): Promise<void> {
  const { response, exchanges } = await tryAtTheGateway(token);
  expect(response.status).toBe(401);
  expect(response.headers.get('www-authenticate')).toContain('error="invalid_token"');
  expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED', reason: 'TOKEN_INVALID' } }] });
  expect(exchanges).toBe(0);
}

async function expectRefusedByServices(token: string): Promise<void> {
  for (const read of Object.values(reads)) await expect(read(token)).rejects.toMatchObject({ code: Code.UNAUTHENTICATED });
}

describe('a valid token', () => {
  it('if it is a JWT, is accepted by every service and refused by the gateway without a token exchange', async () => {
    const token = await good();
    for (const read of Object.values(reads)) await read(token);
    await expectRefusedAtTheGateway(token);
  });

  it('if it is opaque, is accepted by the gateway and by no service', async () => {
    const token = subjects.world.opaque(user);
    const { response, exchanges } = await tryAtTheGateway(token);
    expect(response.status).toBe(200);
    expect(exchanges).toBe(1);
    await expectRefusedByServices(token);
  });
});

describe.each(forgeries)('%s', (_name, forge) => {
  it('is refused by a direct call to every service', async () => {
    await expectRefusedByServices(await forge());
  });

  it('is refused by the gateway without a token exchange', async () => {
    await expectRefusedAtTheGateway(await forge());
  });
});

describe('a malformed opaque token at the gateway (A4)', () => {
  it.each([
    ['one character short', (token: string) => token.slice(1)],
    ['one character long', (token: string) => `${token}A`],
    ['padded', (token: string) => `${token}=`],
    ['of another alphabet', (token: string) => `+${token.slice(1)}`],
    ['twice', (token: string) => `${token}, Bearer ${token}`],
  ])('%s is refused without a token exchange', async (_name, spoil) => {
    await expectRefusedAtTheGateway(spoil(subjects.world.opaque(user)));
  });
});
