import { create } from '@bufbuild/protobuf';
import { credentials, Server, ServerCredentials, type sendUnaryData } from '@grpc/grpc-js';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { serviceDefinition } from '@reputable/contracts';
import { AuthService, type IssueTransactionTokenResponse, IssueTransactionTokenResponseSchema } from '@reputable/contracts/auth/v1/auth';
import { Code, DomainError } from '@reputable/errors';
import { PATIENCE_MS } from '@reputable/testing';
import { promisify } from 'node:util';
import { tokenInvalid, tokenRevoked } from '../access/denials.ts';
import type { Transaction } from '../access/transaction.ts';
import { aUser } from '../testing/index.ts';
import { AuthenticatedUser } from '../access/authenticated-user.ts';
import { runInCall } from './call-context.ts';
import { openClient } from './client.ts';
import { ReplacementTokens } from './replacement-tokens.ts';
import { requestHashOf } from './request-binding.ts';

const GET = '/acme.Posts/Get';
const requested: object[] = [];
let expiresIn: number;
let refusal: DomainError | undefined;
let replacements: ReplacementTokens;

beforeEach(() => {
  requested.length = 0;
  [expiresIn, refusal] = [60, undefined];
  replacements = new ReplacementTokens({
    issueTransactionToken: (request) => {
      requested.push(request);
      if (refusal) return Promise.reject(refusal);
      const accessToken = `replacement ${String(requested.length)}`;
      return Promise.resolve(create(IssueTransactionTokenResponseSchema, { accessToken, expiresIn }));
    },
  });
});

const token = (of: Partial<Transaction> = {}, authorization = 'Bearer reads') => ({
  ...{ authorization, audience: ['acme.example'], issuedAt: 0, expiresAt: Infinity, freshUntil: Infinity },
  user: new AuthenticatedUser({ scopes: [], ...aUser({ scopes: ['read', 'write'] }) }),
  transaction: { id: 'tx', workload: 'spiffe://acme.example/gateway', callChain: [], action: 'read', ...of } as const,
});

const request = Buffer.from('request');
const read = (path = GET) => ({ path, isRead: true, request });

describe('the replacement', () => {
  it('of a token for reads is requested once for each rpc, and for any request', async () => {
    const reads = token();
    for (let round = 0; round < 3; round += 1) expect(await replacements.authorizationFor(reads, read())).toBe('Bearer replacement 1');
    expect(requested).toEqual([
      { subjectToken: 'reads', audience: 'acme.example', scope: 'read write', rpc: 'acme.Posts/Get', requestSha256: '' },
    ]);
    expect(await replacements.authorizationFor(reads, read('/acme.Posts/List'))).toBe('Bearer replacement 2');
    expect(await replacements.authorizationFor(token({}, 'Bearer another'), read())).toBe('Bearer replacement 3');
  });

  it('of a token for reads is requested again before it expires', async () => {
    expiresIn = 1;
    for (const number of [1, 2]) expect(await replacements.authorizationFor(token(), read())).toBe(`Bearer replacement ${String(number)}`);
  });

  it.each<[string, Partial<Transaction>]>([
    ['a write', { action: 'write', path: '/acme.Comments/Create' }],
    ['a single read', { path: '/acme.Comments/Get', requestHash: 'x' }],
  ])('of a token for %s is requested for each call, and for its request alone', async (_name, of) => {
    for (const number of [1, 2])
      expect(await replacements.authorizationFor(token(of), read())).toBe(`Bearer replacement ${String(number)}`);
    expect(requested).toMatchObject([{ requestSha256: requestHashOf(request) }, { requestSha256: requestHashOf(request) }]);
  });

  it.each<[string, DomainError, string]>([
    ['an outage', new DomainError(Code.UNAVAILABLE, 'SERVICE_UNAVAILABLE', 'auth does not answer.'), 'SERVICE_UNAVAILABLE'],
    ['a revoked token', tokenRevoked(), 'TOKEN_REVOKED'],
    [
      'a service that the contract does not list',
      new DomainError(Code.PERMISSION_DENIED, 'CALLER_NOT_ALLOWED', 'auth may be called by …'),
      'INTERNAL',
    ],
    ['a token that auth does not accept', tokenInvalid(), 'INTERNAL'],
  ])('fails for %s', async (_name, error, reason) => {
    jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const failing = new ReplacementTokens({ issueTransactionToken: () => Promise.reject(error) });
    await expect(failing.authorizationFor(token(), read())).rejects.toMatchObject({ reason });
    jest.restoreAllMocks();
  });

  it('is never requested for an rpc with side effects', async () => {
    const write = { path: '/acme.Posts/Delete', isRead: false, request };
    await expect(replacements.authorizationFor(token(), write)).rejects.toMatchObject({ reason: 'TRANSACTION_MISMATCH' });
    expect(requested).toEqual([]);
  });
});

describe('calls at the same time', () => {
  const two = (of: Partial<Transaction> = {}) => [1, 2].map(() => replacements.authorizationFor(token(of), read()));

  it('share the request for a token for reads', async () => {
    expect(await Promise.all(two())).toEqual(['Bearer replacement 1', 'Bearer replacement 1']);
    expect(requested).toHaveLength(1);
  });

  it('share none for a token for one call', async () => {
    const write = { action: 'write', path: '/acme.Comments/Create' } as const;
    expect(await Promise.all(two(write))).toEqual(['Bearer replacement 1', 'Bearer replacement 2']);
  });

  it('fail together, and the next call requests again', async () => {
    refusal = tokenRevoked();
    const outcomes = await Promise.allSettled(two());
    expect(outcomes).toMatchObject([1, 2].map(() => ({ status: 'rejected', reason: { reason: 'TOKEN_REVOKED' } })));
    expect(requested).toHaveLength(1);
    refusal = undefined;
    expect(await replacements.authorizationFor(token(), read())).toBe('Bearer replacement 2');
  });

  it('do not fail if the first one has less time than auth needs', async () => {
    const { IssueTransactionToken: method } = serviceDefinition(AuthService);
    if (!method) throw new Error('The contract has no IssueTransactionToken.');
    const answer = create(IssueTransactionTokenResponseSchema, { accessToken: 'late', expiresIn: 60 });
    const handle = (_call: unknown, callback: sendUnaryData<IssueTransactionTokenResponse>) => void setTimeout(callback, 300, null, answer);
    const server = new Server();
    server.addService({ IssueTransactionToken: method }, { IssueTransactionToken: handle });
    const port = await promisify(server.bindAsync.bind(server))('127.0.0.1:0', ServerCredentials.createInsecure());
    const identity = { credentialsFor: () => credentials.createInsecure(), onChange: () => () => undefined };
    const config = { contract: AuthService, service: 'auth', url: `127.0.0.1:${String(port)}`, deadlineMs: PATIENCE_MS };
    const { client, close } = openClient(config, identity);
    const shared = new ReplacementTokens(client);
    const before = (deadline: number) =>
      runInCall({ user: undefined, peer: undefined, token: undefined, deadline }, () => shared.authorizationFor(token(), read()));
    expect(await Promise.all([before(Date.now() + 50), before(Infinity)])).toEqual(['Bearer late', 'Bearer late']);
    close();
    server.forceShutdown();
  });
});
