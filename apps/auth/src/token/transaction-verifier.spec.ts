import { create, toBinary } from '@bufbuild/protobuf';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { requestHashOf } from '@reputable/auth';
import { SCOPES } from '@reputable/contracts';
import { TRUST_DOMAIN } from '@reputable/contracts/registry';
import { GetPostRequestSchema } from '@reputable/contracts/post/v1/post';
import { UpdateProfileRequestSchema } from '@reputable/contracts/user/v1/user';
import { aUser } from '@reputable/testing';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { json, text } from 'node:stream/consumers';
import { aPerson, sharedAuthWorld } from '../auth.fixture.ts';
import { type Outcome, outcomeByJose, type ReceivedCall } from './transaction-verifier.fixture.ts';

const SCRIPT = join(import.meta.dirname, 'transaction-verifier.fixture.py');
/** A Python with PyJWT, if the machine has one. */
const PYTHON = ['python3', '/usr/bin/python3'].find((each) => spawnSync(each, ['-c', 'import jwt, cryptography']).status === 0);

const [WRITE, READ, OTHER_READ] = ['UpdateProfile', 'GetUser', 'ListUsers'].map((rpc) => `reputable.user.v1.UserService/${rpc}`) as [
  string,
  string,
  string,
];

const [CREATE_COMMENT, GET_POST] = ['reputable.comment.v1.CommentService/CreateComment', 'reputable.post.v1.PostService/GetPost'];
const [POST, OTHER_POST] = ['0199a0a0-0000-7000-8000-000000000001', '0199a0a0-0000-7000-8000-000000000002'];

const spiffeId = (service: string) => `spiffe://${TRUST_DOMAIN}/${service}`;

const renamed = (displayName: string) => toBinary(UpdateProfileRequestSchema, create(UpdateProfileRequestSchema, { displayName }));
const getting = (id: string) => toBinary(GetPostRequestSchema, create(GetPostRequestSchema, { id }));
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

/** A call, what is special about it, and its outcome. */
type Case = readonly [outcome: Outcome, name: string, call: ReceivedCall];

let cases: readonly Case[];
beforeAll(async () => {
  cases = await casesOf();
});

/** Calls with tokens of a running auth, and of the issuer of the tests for times that auth does not issue. */
async function casesOf(): Promise<readonly Case[]> {
  const running = await sharedAuthWorld();
  const { issuer, world } = running;
  const auth = await running.authAs();
  const subjectToken = (await running.join(aPerson())).tokens?.accessToken ?? '';
  const { accessToken: jwt } = await auth.exchangeToken({ subjectToken, audience: ['gateway', 'auth'] });
  const issue = async (write = {}) =>
    (await auth.issueTransactionToken({ subjectToken: jwt, audience: TRUST_DOMAIN, scope: SCOPES.join(' '), rpc: '', ...write }))
      .accessToken;
  const reads = await issue();
  const write = await issue({ rpc: WRITE, requestSha256: requestHashOf(renamed('Ada')) });
  const request = { subjectToken: reads, audience: TRUST_DOMAIN, scope: 'profile:read', rpc: READ };
  const { accessToken: replacement } = await (await running.authAs({ service: 'post' })).issueTransactionToken(request);
  const comment = await issue({ rpc: CREATE_COMMENT, requestSha256: requestHashOf(getting(POST)), binds: { post_id: POST } });
  /** Comment reads a post with a replacement of the token of a comment on the first one. */
  const readOf = async (post: string, more: Partial<ReceivedCall> = {}) => {
    const bytes = getting(post);
    const replaced = { subjectToken: comment, audience: TRUST_DOMAIN, scope: 'posts:read' };
    const { accessToken } = await (
      await running.authAs({ service: 'comment' })
    ).issueTransactionToken({ ...replaced, rpc: GET_POST, requestSha256: requestHashOf(bytes) });
    const of = { rpc: GET_POST, isRead: true, peer: spiffeId('comment'), request: Buffer.from(bytes).toString('base64') };
    return call(accessToken, { ...of, rows: { post_id: [post] }, boundNames: ['post_id'], ...more });
  };
  const testToken = (claims: object) => world.issuer.transactionTokenFor(aUser(), { trustDomain: TRUST_DOMAIN }, { ...claims });
  const call = (token: string, more: Partial<ReceivedCall> = {}): ReceivedCall => ({
    ...{ token, issuer, jwks: `${issuer}/.well-known/jwks.json`, trustDomain: TRUST_DOMAIN },
    ...{ rpc: WRITE, isRead: false, peer: spiffeId('gateway'), request: Buffer.from(renamed('Ada')).toString('base64') },
    ...{ rows: {}, boundNames: [] },
    ...more,
  });
  const read = { rpc: READ, isRead: true, request: '' };
  const ofTests = { ...read, issuer: world.issuer.url, jwks: `${world.issuer.url}/jwks` };
  return [
    ['accepted', 'a read with the token for reads', call(reads, read)],
    ['accepted', 'a write with its token', call(write)],
    ['accepted', 'a read with a replacement', call(replacement, { ...read, peer: spiffeId('post') })],
    ['presenter', 'a read with the token for reads from another service', call(reads, { ...read, peer: spiffeId('post') })],
    ['presenter', 'a read with a replacement from another service', call(replacement, read)],
    ['rpc', 'another read with a replacement', call(replacement, { ...read, rpc: OTHER_READ, peer: spiffeId('post') })],
    ['rpc', 'a read with the token of a write', call(write, read)],
    ['rpc', 'a write with the token for reads', call(reads)],
    ['rpc', 'another write', call(write, { rpc: 'reputable.post.v1.PostService/CreatePost' })],
    ['request', 'the write with another request', call(write, { request: Buffer.from(renamed('Eve')).toString('base64') })],
    ['accepted', 'a read of the row of the write', await readOf(POST)],
    ['accepted', 'a read at a service that binds no such row', await readOf(OTHER_POST, { rows: {}, boundNames: ['user_id'] })],
    ['rows', 'a read of another row', await readOf(OTHER_POST)],
    ['rows', 'a read of another row, too', await readOf(POST, { rows: { post_id: [POST, OTHER_POST] } })],
    ['rows', 'a read of no row', await readOf(POST, { rows: { post_id: [] } })],
    ['rows', 'a read without a row, at a service that binds such rows', await readOf(POST, { rows: {} })],
    ['token', 'a changed signature', call(changed(write))],
    ['token', 'the JWT of the exchange', call(jwt, read)],
    ['token', 'a service of another trust domain', call(reads, { ...read, trustDomain: 'other.example' })],
    ['token', 'keys of another issuer', call(reads, { ...read, jwks: ofTests.jwks })],
    ['accepted', 'a token in the clock skew after its expiry', call(await testToken({ iat: inSeconds(-30), exp: inSeconds(-2) }), ofTests)],
    ['token', 'a token after the clock skew', call(await testToken({ iat: inSeconds(-30), exp: inSeconds(-6) }), ofTests)],
    ['token', 'a token of two trust domains', call(await testToken({ aud: [TRUST_DOMAIN, 'other.example'] }), ofTests)],
    ['token', 'a token without a workload', call(await testToken({ req_wl: undefined }), ofTests)],
  ];
}

/** The token with another first character of its signature. */
function changed(token: string): string {
  const [header = '', payload = '', signature = ''] = token.split('.');
  return [header, payload, (signature.startsWith('A') ? 'B' : 'A') + signature.slice(1)].join('.');
}

const expected = () => cases.map(([outcome, name]) => [outcome, name]);
const named = (outcomes: readonly Outcome[]) => outcomes.map((outcome, index) => [outcome, cases[index]?.[1]]);

describe('a Transaction Token is verified without code of this project by', () => {
  it('jose', async () => {
    expect(named(await Promise.all(cases.map(([, , call]) => outcomeByJose(call))))).toEqual(expected());
  });

  (PYTHON === undefined ? it.skip : it)('Python, with the Debian packages python3-jwt and python3-cryptography', async () => {
    const python = spawn(PYTHON ?? '', [SCRIPT]);
    const ended = once(python, 'exit');
    python.stdin.end(JSON.stringify(cases.map(([, , call]) => call)));
    const [errors, outcomes] = await Promise.all([text(python.stderr), json(python.stdout)]);
    expect([errors, await ended]).toEqual(['', [0, null]]);
    expect(named(outcomes as Outcome[])).toEqual(expected());
  });
});
