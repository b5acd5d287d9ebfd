import 'reflect-metadata';
import { create } from '@bufbuild/protobuf';
import {
  type ChannelCredentials,
  type ClientDuplexStream,
  type ClientReadableStream,
  Client as GrpcClient,
  credentials,
  Metadata,
  type sendUnaryData,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { type Attributes, metrics } from '@opentelemetry/api';
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { SignedInSchema } from '@reputable/contracts/access/v1/access';
import { serviceDefinition } from '@reputable/contracts';
import { fromServiceError } from '@reputable/errors';
import { type Authority, openAuthority } from '@reputable/pki';
import { eventually, PATIENCE, PATIENCE_MS } from '@reputable/testing';
import { SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509';
import { KeyObject, randomUUID } from 'node:crypto';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { promisify } from 'node:util';
import { rulesOf } from '../access/access-rule.ts';
import { aUser, TestIssuer } from '../testing/index.ts';
import { TokenRevocations } from '../revocation/token-revocations.ts';
import { CertificateWatch } from '../tls/certificate-watch.ts';
import { channelCredentials, serverCredentials } from '../tls/credentials.ts';
import { PeerReader } from '../tls/peer.ts';
import { JwtStrategy } from '../token/jwt.strategy.ts';
import { Issuers } from '../issuer/issuers.ts';
import { TokenVerifier } from '../token/token-verifier.ts';
import { AccessServerInterceptor } from './access.server-interceptor.ts';
import { type CallContext, currentCall, currentUser, runInCall } from './call-context.ts';
import { openClient } from './client.ts';
import { contractOf } from './echo.fixture.ts';
import { codecsOf, requestHashOf } from './request-binding.ts';
import { RefusalLog } from '../refusal/refusal-log.ts';

const TRUST_DOMAIN = 'reputable.local';
const known = { roles: ['ADMIN'], services: ['gateway', 'auth', 'post', 'comment'] };
const reputation15 = { case: 'signedIn', value: create(SignedInSchema, { minReputation: 15 }) } as const;
const anyone = { case: 'anyone', value: true } as const;
const service = { case: 'service', value: true } as const;
const fromGateway = { who: reputation15, callers: ['gateway'] };

const Echo = contractOf('Echo', {
  Say: { rule: fromGateway },
  Set: { rule: fromGateway, isIdempotent: true },
  Open: { rule: { who: anyone, callers: ['gateway', 'post'] } },
  Internal: { rule: { who: service, callers: ['auth', 'post'] } },
  Relay: { rule: { who: anyone, callers: ['gateway'] } },
  Hang: { rule: { who: anyone, callers: ['gateway'] } },
  Fail: { rule: { who: anyone, callers: ['gateway'] } },
  Hold: { rule: { who: anyone, callers: ['gateway', 'post'] } },
  Collect: { kind: 'client', rule: fromGateway },
  Repeat: { kind: 'server', rule: fromGateway },
  Chat: { kind: 'bidi', rule: fromGateway },
  FromComment: { rule: { who: anyone, callers: ['comment'] } },
  Tail: { kind: 'server', rule: { who: anyone, callers: ['comment'] } },
});

interface Text {
  text: string;
}
type Unary = ServerUnaryCall<Text, Text>;
type Call = (request: Text) => Promise<Text>;

let folder: string;
let authority: Authority;
let issuer: TestIssuer;
let server: Server;
let port: number;
let handled = 0;
/** How many calls of Set still find the service unavailable. */
let unavailable = 0;
let relay: object;
/** The calls of Hold end after it. */
let held: Promise<unknown> = Promise.resolve();
const closing: (() => void)[] = [];
const revocations = new TokenRevocations();
/** The most calls of a peer at once. */
const MAX_CALLS = 200;

const watchFor = async (name: string, dir = join(folder, name)) => {
  await authority.issue(name, dir);
  const watch = await CertificateWatch.open({ folder: dir, service: name, trustDomain: TRUST_DOMAIN });
  closing.push(() => {
    watch.close();
  });
  return watch;
};

/** The user and the peer in the handler's context. */
const seen = () => {
  return `${currentUser()?.id ?? 'nobody'} by ${currentCall()?.peer ?? 'nobody'}`;
};

const answer = (_call: Unary, callback: sendUnaryData<Text>) => {
  handled += 1;
  callback(null, { text: seen() });
};

const handlers = {
  Say: answer,
  Set: (call: Unary, callback: sendUnaryData<Text>) => {
    if (unavailable === 0) {
      answer(call, callback);
      return;
    }
    unavailable -= 1;
    callback({ code: status.UNAVAILABLE });
  },
  Open: answer,
  Internal: answer,
  Relay: (call: Unary, callback: sendUnaryData<Text>) => {
    const before = seen();
    const relayed = (relay as unknown as Record<string, Call>)[call.request.text] as Call;
    const reply = ({ text }: Text) => callback(null, { text: `${before} > ${text} > ${seen()}` });
    setTimeout(() => void relayed({ text: '' }).then(reply, callback), Math.random() * 5);
  },
  Collect: (call: ServerReadableStream<Text, Text>, callback: sendUnaryData<Text>) => {
    handled += 1;
    let text = '';
    call.on('data', (message: Text) => (text += message.text));
    call.on('end', () => callback(null, { text: `${text} ${seen()}` }));
  },
  Repeat: (call: ServerWritableStream<Text, Text>) => {
    handled += 1;
    call.write({ text: seen() });
    if (call.request.text === 'end') call.end();
  },
  FromComment: answer,
  Hang: () => undefined,
  Fail: (_call: Unary, callback: sendUnaryData<Text>) => callback({ code: status.RESOURCE_EXHAUSTED }),
  Hold: (call: Unary, callback: sendUnaryData<Text>) => void held.then(() => answer(call, callback)),
  Tail: (call: ServerWritableStream<Text, Text>) => void call.write({ text: seen() }),
  Chat: (call: ServerDuplexStream<Text, Text>) => {
    handled += 1;
    call.on('data', ({ text }: Text) => call.write({ text: `${text} ${seen()}` }));
    call.on('end', () => call.end());
  },
};

beforeAll(async () => {
  jest.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
  jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
  jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  folder = await mkdtemp(join(tmpdir(), 'reputable-auth-'));
  authority = await openAuthority(folder);
  issuer = await TestIssuer.start();
  const post = await watchFor('post');
  revocations.apply([]);
  const tokens = new TokenVerifier(
    new JwtStrategy(
      new Issuers({ url: issuer.url, keys: { jwksUri: new URL(issuer.url) }, transactionTokens: TRUST_DOMAIN }, { service: 'post' }),
      revocations,
    ),
  );
  const interceptor = new AccessServerInterceptor(
    rulesOf([Echo], known),
    new PeerReader(TRUST_DOMAIN, post),
    tokens,
    codecsOf([{ definition: serviceDefinition(Echo) }]),
    MAX_CALLS,
  );
  server = new Server({ interceptors: [interceptor.intercept] });
  server.addService(serviceDefinition(Echo), handlers);
  port = await new Promise((resolve, reject) => {
    server.bindAsync('localhost:0', serverCredentials(post), (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  const opened = openClient({ contract: Echo, service: 'post', url: `localhost:${port}`, deadlineMs: PATIENCE_MS }, post);
  relay = opened.client;
  closing.push(opened.close);
});

afterAll(async () => {
  for (const close of closing) close();
  server.forceShutdown();
  await issuer.stop();
  await rm(folder, { recursive: true, force: true });
  jest.restoreAllMocks();
});

const channel = (identity: ChannelCredentials) => {
  const client = new GrpcClient(`localhost:${port}`, identity);
  closing.push(() => {
    client.close();
  });
  return client;
};

let gateway: Promise<GrpcClient> | undefined;
const asGateway = () => (gateway ??= watchFor('gateway').then((watch) => channel(channelCredentials(watch, 'post', TRUST_DOMAIN))));

const metadataOf = (token?: string) => {
  const metadata = new Metadata();
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
  return metadata;
};

const definition = serviceDefinition(Echo);
const method = (name: string) => definition[name] as (typeof definition)[string];

/** Places a call. Resolves with the text of the response, the reason of the error, or its status if it has no reason. */
function call(client: GrpcClient, name: string, metadata = new Metadata(), text = 'hello'): Promise<string> {
  const { path, requestSerialize, responseDeserialize } = method(name);
  return new Promise((resolve) => {
    client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      { text },
      metadata,
      { deadline: Date.now() + PATIENCE_MS },
      (error, response) => {
        resolve(error ? reasonOf(error) : (response as Text).text);
      },
    );
  });
}

const reasonOf = (error: ServiceError) =>
  error.metadata.get('grpc-status-details-bin').length > 0 ? fromServiceError(error, 'post').reason : status[error.code];

describe('a call', () => {
  it('with the right certificate and the right user reaches the handler with both', async () => {
    const user = aUser({ reputation: 15 });
    expect(await call(await asGateway(), 'Say', metadataOf(await issuer.tokenFor(user)))).toBe(`${user.id} by gateway`);
  });

  it('is refused for lack of reputation, of a user, of a valid token', async () => {
    const client = await asGateway();
    expect(await call(client, 'Say', metadataOf(await issuer.tokenFor(aUser({ reputation: 14 }))))).toBe('REPUTATION_TOO_LOW');
    expect(await call(client, 'Say')).toBe('TOKEN_MISSING');
    expect(await call(client, 'Say', metadataOf('nonsense'))).toBe('TOKEN_INVALID');
  });

  it('with an invalid token is refused even if anyone may call the rpc', async () => {
    const client = await asGateway();
    expect(await call(client, 'Open')).toBe('nobody by gateway');
    expect(await call(client, 'Open', metadataOf('nonsense'))).toBe('TOKEN_INVALID');
  });

  it('from a service that is not listed is refused with any user', async () => {
    const comment = channel(channelCredentials(await watchFor('comment'), 'post', TRUST_DOMAIN));
    const admin = metadataOf(await issuer.tokenFor(aUser({ roles: ['ADMIN'], reputation: 9_999 })));
    expect(await call(comment, 'Say', admin)).toBe('CALLER_NOT_ALLOWED');
    expect(await call(await asGateway(), 'Internal', admin)).toBe('CALLER_NOT_ALLOWED');
  });

  it.each<[string, string, number, number]>([
    ['one large entry below the bound', 'nobody by gateway', 1, 15_000],
    ['one large entry', 'METADATA_TOO_LARGE', 1, 16_384],
    ['many small entries', 'METADATA_TOO_LARGE', 100, 130],
  ])('with metadata of %s: %s', async (_, expected, count, bytes) => {
    const metadata = new Metadata();
    for (let index = 0; index < count; index += 1) metadata.set(`x-${String(index)}`, 'x'.repeat(bytes));
    expect(await call(await asGateway(), 'Open', metadata)).toBe(expected);
  });

  it('that does not match the contract is refused before the handler', async () => {
    const client = await asGateway();
    const { path, responseDeserialize } = method('Open');
    const before = handled;
    for (const bytes of [Buffer.from([0x10, 1]), Buffer.from([0x0a, 0xff]), Buffer.from([0xff, 0xff, 0xff])]) {
      const reason = await new Promise((resolve) => {
        client.makeUnaryRequest(
          path,
          (it: Buffer) => it,
          responseDeserialize,
          bytes,
          (error) => resolve(error && reasonOf(error)),
        );
      });
      expect(reason).toBe('INVALID_FIELD');
    }
    expect(handled).toBe(before);
  });
});

describe('a call with a Transaction Token', () => {
  const { path, requestSerialize } = method('Say');
  const tokenFor = (text?: string) =>
    issuer.transactionTokenFor(aUser({ reputation: 15 }), {
      ...{ trustDomain: TRUST_DOMAIN, path },
      ...(text !== undefined && { requestHash: requestHashOf(requestSerialize({ text })) }),
    });

  it('reaches the handler with the request that the token is for, and with no other one', async () => {
    const client = await asGateway();
    expect(await call(client, 'Say', metadataOf(await tokenFor('hello')), 'hello')).toMatch(/by gateway$/);
    expect(await call(client, 'Say', metadataOf(await tokenFor('')), '')).toMatch(/by gateway$/);
    const before = handled;
    for (const text of ['goodbye', 'hello ', ''])
      expect(await call(client, 'Say', metadataOf(await tokenFor('hello')), text)).toBe('REQUEST_MISMATCH');
    expect(handled).toBe(before);
  });

  it('reaches the handler once, with any request if the token is for any', async () => {
    const client = await asGateway();
    const metadata = metadataOf(await tokenFor());
    expect(await call(client, 'Say', metadata, 'anything')).toMatch(/by gateway$/);
    expect(await call(client, 'Say', metadata, 'anything')).toBe('TRANSACTION_USED');
  });

  it('reaches the handler again if the rpc is idempotent: a client repeats it with the same token', async () => {
    const watch = await watchFor('gateway', join(folder, 'repeating-gateway'));
    const { client, close } = openClient({ contract: Echo, service: 'post', url: `localhost:${port}`, deadlineMs: PATIENCE_MS }, watch);
    closing.push(close);
    const user = aUser({ reputation: 15 });
    let tokens = 0;
    const forWrite = async (rpc: string, request: Uint8Array) => {
      tokens += 1;
      const transaction = { trustDomain: TRUST_DOMAIN, path: rpc, requestHash: requestHashOf(request) };
      return `Bearer ${await issuer.transactionTokenFor(user, transaction)}`;
    };
    const inside = { token: { authorization: 'Bearer none', outgoing: { forWrite } }, deadline: Infinity } as unknown as CallContext;
    unavailable = 2;
    const set = (client as unknown as Record<string, Call>)['set'] as Call;
    expect((await runInCall(inside, () => set({ text: 'hello' }))).text).toBe(`${user.id} by gateway`);
    expect([tokens, unavailable]).toEqual([1, 0]);
  });
});

/**
 * Places calls that end when `work` has ended. Waits until all above the bound have ended, which must be refused, and runs `work`. Returns the
 * number of calls with each outcome.
 */
async function storm(client: GrpcClient, count: number, work: () => Promise<unknown> = () => Promise.resolve()) {
  const { promise, resolve: release } = Promise.withResolvers<undefined>();
  held = promise;
  const outcomes: string[] = [];
  const calls = Array.from({ length: count }, () => call(client, 'Hold').then((outcome) => outcomes.push(outcome)));
  try {
    await eventually(() => {
      expect(outcomes).toHaveLength(Math.max(0, count - MAX_CALLS));
    });
    await work();
  } finally {
    release(undefined);
  }
  await Promise.all(calls);
  return Object.fromEntries([...Map.groupBy(outcomes, (outcome) => outcome)].map(([outcome, { length }]) => [outcome, length]));
}

/** The files of a certificate: its root, its key, and itself. */
const certificate = (dir = join(folder, 'gateway')) =>
  Promise.all(['ca.crt', 'tls.key', 'tls.crt'].map((name) => readFile(join(dir, name))));

describe('the calls of a peer at once', () => {
  const asPost = async () => channel(channelCredentials(await watchFor('post', join(folder, randomUUID())), 'post', TRUST_DOMAIN));

  it('are bounded: further ones are refused at once, those of another peer are answered, and afterwards all', async () => {
    const [gateway, other] = [await asGateway(), await asPost()];
    const meanwhile = async () => {
      expect(await call(gateway, 'Open')).toBe('OVERLOADED');
      expect(await call(gateway, 'Open', metadataOf('nonsense'))).toBe('OVERLOADED');
      for (let turn = 0; turn < 10; turn += 1) expect(await call(other, 'Open')).toBe('nobody by post');
    };
    for (let turn = 0; turn < 2; turn += 1)
      expect(await storm(gateway, MAX_CALLS + 50, meanwhile)).toEqual({ 'nobody by gateway': MAX_CALLS, OVERLOADED: 50 });
    expect(await storm(gateway, MAX_CALLS)).toEqual({ 'nobody by gateway': MAX_CALLS });
  });

  it('do not include streams, which are never refused for that', async () => {
    const client = await asGateway();
    const { path, requestSerialize, responseDeserialize } = method('Chat');
    const token = metadataOf(await issuer.tokenFor(aUser({ reputation: 15 })));
    const open = async () => {
      const stream = client.makeBidiStreamRequest<Text, Text>(
        path,
        requestSerialize,
        responseDeserialize as (bytes: Buffer) => Text,
        token,
      );
      closing.push(() => stream.cancel());
      stream.write({ text: 'a' });
      await new Promise((resolve, reject) => stream.once('data', resolve).on('error', reject));
    };
    await Promise.all(Array.from({ length: 10 }, open));
    expect(await storm(client, MAX_CALLS, open)).toEqual({ 'nobody by gateway': MAX_CALLS });
  });

  it.each([
    ['that exceed their deadline', { deadline: 300, cancel: 10_000 }],
    ['that are cancelled', { deadline: 10_000, cancel: 300 }],
  ])('do not include those %s', async (_, { deadline, cancel }) => {
    const client = await asGateway();
    await Promise.all(Array.from({ length: MAX_CALLS }, () => hang(client, { deadline, cancel })));
    await eventually(async () => {
      expect(await call(client, 'Open')).toBe('nobody by gateway');
    });
    expect(await storm(client, MAX_CALLS)).toEqual({ 'nobody by gateway': MAX_CALLS });
  });

  it.each([
    ['refused', 'Say', undefined, 'TOKEN_MISSING'],
    ['refused after the look at their token', 'Open', 'nonsense', 'TOKEN_INVALID'],
    ['ended by an error of the handler', 'Fail', undefined, 'RESOURCE_EXHAUSTED'],
  ])('do not include those that are %s', async (_, rpc, token, outcome) => {
    const client = await asGateway();
    const outcomes = await Promise.all(Array.from({ length: MAX_CALLS }, () => call(client, rpc, metadataOf(token))));
    expect(new Set(outcomes)).toEqual(new Set([outcome]));
    expect(await storm(client, MAX_CALLS)).toEqual({ 'nobody by gateway': MAX_CALLS });
  });

  it('do not include those of a lost connection, even without a deadline and with incomplete requests', async () => {
    const client = await asGateway();
    const [ca, key, cert] = await certificate();
    const session = connect(`https://localhost:${port}`, { ca, key, cert });
    const headers = { ':method': 'POST', ':path': method('Open').path, 'content-type': 'application/grpc', te: 'trailers' };
    for (let n = 0; n < MAX_CALLS; n += 1) session.request(headers).on('error', () => undefined);
    await eventually(async () => expect(await call(client, 'Open')).toBe('OVERLOADED'));
    session.destroy();
    await eventually(async () => expect(await call(client, 'Open')).toBe('nobody by gateway'));
    expect(await storm(client, MAX_CALLS)).toEqual({ 'nobody by gateway': MAX_CALLS });
  });
});

/** Places a call that gets no answer. Resolves when it has ended, after `deadline` or `cancel`, in milliseconds. */
async function hang(client: GrpcClient, { deadline, cancel }: { deadline: number; cancel: number }): Promise<void> {
  const { path, requestSerialize, responseDeserialize } = method('Hang');
  const { promise: ended, resolve: end } = Promise.withResolvers<unknown>();
  const options = { deadline: Date.now() + deadline };
  const hanging = client.makeUnaryRequest(path, requestSerialize, responseDeserialize, { text: '' }, new Metadata(), options, end);
  const timer = setTimeout(() => hanging.cancel(), cancel);
  await ended;
  clearTimeout(timer);
}

describe('the metrics of a call without an answer', () => {
  const reader = new PeriodicExportingMetricReader({ exporter: new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE) });
  beforeAll(() => {
    metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
  });
  afterAll(async () => {
    await reader.shutdown();
    metrics.disable();
  });

  /** Waits until the metric has a point with these attributes. */
  const expectPoint = (name: string, attributes: Attributes) =>
    eventually(async () => {
      const { scopeMetrics } = (await reader.collect()).resourceMetrics;
      const metric = scopeMetrics.flatMap((scope) => scope.metrics).find(({ descriptor }) => descriptor.name === name);
      expect(metric?.dataPoints.map((point) => point.attributes)).toContainEqual(expect.objectContaining(attributes));
    });

  it.each([
    ['the deadline', 'DEADLINE_EXCEEDED', { deadline: 1_000, cancel: PATIENCE_MS }],
    ['a cancellation', 'CANCELLED', { deadline: PATIENCE_MS, cancel: 1_000 }],
  ])('tell %s', async (_, code, { deadline, cancel }) => {
    await hang(await asGateway(), { deadline, cancel });
    await expectPoint('rpc.server.call.duration', { 'rpc.method': 'test.echo.v1.Echo/Hang', 'rpc.response.status_code': code });
  });

  it('tell that it was one too many', async () => {
    await storm(await asGateway(), MAX_CALLS + 1);
    const rpc = { 'rpc.method': 'test.echo.v1.Echo/Hold' };
    await expectPoint('reputable.decisions', { ...rpc, 'reputable.decision': 'refuse', 'reputable.reason': 'OVERLOADED' });
    await expectPoint('rpc.server.call.duration', { ...rpc, 'rpc.response.status_code': 'RESOURCE_EXHAUSTED' });
  });
});

describe('A7: identity in other metadata', () => {
  it('is ignored', async () => {
    const metadata = new Metadata();
    for (const name of ['x-user-id', 'x-roles', 'x-reputation', 'user', 'sub', 'x-forwarded-user']) metadata.set(name, 'admin');
    metadata.set('authorization-bin', Buffer.from(`Bearer ${await issuer.tokenFor(aUser({ reputation: 100 }))}`));
    expect(await call(await asGateway(), 'Say', metadata)).toBe('TOKEN_MISSING');
  });

  it.each(['', 'Bearer', 'Basic YWRtaW46YWRtaW4=', 'nonsense'])('any scheme other than Bearer is refused: %s', async (value) => {
    const metadata = new Metadata();
    metadata.set('authorization', value);
    expect(await call(await asGateway(), 'Open', metadata)).toBe('TOKEN_INVALID');
  });

  it.each([
    ['low, high', 1, 1_000, 'REPUTATION_TOO_LOW'],
    ['nonsense, high', undefined, 1_000, 'TOKEN_INVALID'],
  ])('of two authorization entries the second never counts: %s', async (_name, first, second, expected) => {
    const tokenWith = (reputation: number | undefined) =>
      reputation ? issuer.tokenFor(aUser({ reputation })) : Promise.resolve('nonsense');
    const tokens = await Promise.all([first, second].map(tokenWith));
    expect(await refusalOf(tokens.map((token) => ['authorization', `Bearer ${token}`]))).toBe(expected);
  });
});

/** A frame of HTTP/2 (RFC 9113 §4.1). */
function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length, 0, 3);
  header.writeUInt8(type, 3);
  header.writeUInt8(flags, 4);
  header.writeUInt32BE(stream, 5);
  return Buffer.concat([header, payload]);
}

/** The length of a text: an integer with a prefix of seven bits (RFC 7541 §5.1). */
function hpackLength(value: number): Buffer {
  if (value < 127) return Buffer.from([value]);
  const bytes = [127];
  for (let rest = value - 127; ; rest >>= 7) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 127) | 128);
  }
}

const hpack = (headers: readonly (readonly string[])[]) =>
  Buffer.concat(headers.flatMap((pair) => [Buffer.from([0]), ...pair.flatMap((text) => [hpackLength(text.length), Buffer.from(text)])]));

/** Calls Say with raw headers that grpc-js would not send. Resolves with the reason of the error. */
async function refusalOf(headers: readonly (readonly string[])[]): Promise<string> {
  const [ca, key, cert] = await Promise.all(['ca.crt', 'tls.key', 'tls.crt'].map((name) => readFile(join(folder, 'gateway', name))));
  const request = [
    [':method', 'POST'],
    [':scheme', 'https'],
    [':path', '/test.echo.v1.Echo/Say'],
    [':authority', 'localhost'],
    ['content-type', 'application/grpc'],
    ['te', 'trailers'],
  ];
  const refused = new Promise<string>((resolve) => {
    jest.spyOn(RefusalLog.prototype, 'note').mockImplementationOnce(({ reason }) => {
      resolve(reason);
    });
  });
  const socket = connectTls({ host: 'localhost', port, ca, key, cert, ALPNProtocols: ['h2'] });
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  socket.write(
    Buffer.concat([frame(4, 0, 0, Buffer.alloc(0)), frame(1, 4, 1, hpack([...request, ...headers])), frame(0, 1, 1, Buffer.alloc(5))]),
  );
  const reason = await refused;
  socket.destroy();
  return reason;
}

describe('A9: streams', () => {
  const open = async (name: string, token?: string) => {
    const client = await asGateway();
    const { path, requestSerialize, responseDeserialize } = method(name);
    const args = [path, requestSerialize, responseDeserialize] as const;
    if (name === 'Collect') {
      return new Promise<string>((resolve) => {
        const stream = client.makeClientStreamRequest(...args, metadataOf(token), (error, response) =>
          resolve(error ? reasonOf(error) : (response as Text).text),
        );
        stream.write({ text: 'a' });
        stream.write({ text: 'b' });
        stream.end();
      });
    }
    return textOf(name === 'Repeat' ? client.makeServerStreamRequest(...args, { text: 'end' }, metadataOf(token)) : chat(client, token));
  };

  const chat = (client: GrpcClient, token?: string) => {
    const { path, requestSerialize, responseDeserialize } = method('Chat');
    const stream = client.makeBidiStreamRequest<Text, Text>(
      path,
      requestSerialize,
      responseDeserialize as (bytes: Buffer) => Text,
      metadataOf(token),
    );
    stream.write({ text: 'a' });
    stream.end();
    return stream;
  };

  const textOf = (stream: ClientReadableStream<unknown> | ClientDuplexStream<Text, Text>) =>
    new Promise<string>((resolve) => {
      let text = '';
      stream.on('data', (message: Text) => (text += message.text));
      stream.on('error', (error: ServiceError) => resolve(reasonOf(error)));
      stream.on('end', () => text && resolve(text));
    });

  it.each([
    ['Collect', 'ab '],
    ['Repeat', ''],
    ['Chat', 'a '],
  ])('%s reaches its handler with the user and the peer', async (name, before) => {
    const user = aUser({ reputation: 15 });
    expect(await open(name, await issuer.tokenFor(user))).toBe(`${before}${user.id} by gateway`);
  });

  it.each(['Collect', 'Repeat', 'Chat'])('%s is refused a thousand times, and no handler runs', async (name) => {
    const token = await issuer.tokenFor(aUser({ reputation: 14 }));
    const before = handled;
    for (let batch = 0; batch < 10; batch += 1) {
      const outcomes = await Promise.all(Array.from({ length: 100 }, () => open(name, token)));
      expect(new Set(outcomes)).toEqual(new Set(['REPUTATION_TOO_LOW']));
    }
    expect(handled).toBe(before);
  });

  it.each(['Collect', 'Chat'])('%s that its client cancels while its token is verified does not reach its handler', async (name) => {
    const [keysAsked, keysSent] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    const jwksUri = new URL(
      issuer.serve(`/slow/${name}`, (_request, response) => {
        keysAsked.resolve(undefined);
        void keysSent.promise.then(async () => {
          response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [await issuer.publicJwk()] }));
        });
      }),
    );
    const issuers = new Issuers({ url: issuer.url, keys: { jwksUri, timeoutMs: PATIENCE_MS } }, { service: 'post' });
    const identity = await watchFor('post', join(folder, `slow-${name.toLowerCase()}`));
    const { intercept } = new AccessServerInterceptor(
      rulesOf([Echo], known),
      new PeerReader(TRUST_DOMAIN, identity),
      new TokenVerifier(new JwtStrategy(issuers, revocations)),
    );
    const slow = new Server({ interceptors: [intercept] });
    let reached = 0;
    slow.addService(serviceDefinition(Echo), { ...handlers, [name]: () => (reached += 1) });
    closing.push(() => slow.forceShutdown());
    const bound = await promisify(slow.bindAsync.bind(slow))('localhost:0', serverCredentials(identity));
    const gatewayWatch = await watchFor('gateway', join(folder, `slow-gateway-${name.toLowerCase()}`));
    const client = new GrpcClient(`localhost:${String(bound)}`, channelCredentials(gatewayWatch, 'post', TRUST_DOMAIN));
    closing.push(() => client.close());
    const token = await issuer.tokenFor(aUser({ reputation: 15 }));

    const { path, requestSerialize, responseDeserialize } = method(name);
    const stream = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, metadataOf(token));
    const cancelled = new Promise((resolve) => stream.on('error', (error: ServiceError) => resolve(reasonOf(error))));
    stream.write({ text: 'end' });
    await keysAsked.promise;
    stream.cancel();
    expect(await cancelled).toBe('CANCELLED');
    // A later call on the connection: the server has received the cancellation.
    expect(await call(client, 'Open')).toBe('nobody by gateway');
    keysSent.resolve(undefined);
    expect(await call(client, 'Say', metadataOf(token))).toMatch(/by gateway$/);
    expect(reached).toBe(0);
  });

  it('a stream ends with the token it was opened with', async () => {
    const client = await asGateway();
    const { path, requestSerialize, responseDeserialize } = method('Repeat');
    const exp = Math.floor(Date.now() / 1000) + 2;
    const token = await issuer.tokenFor(aUser({ reputation: 15 }), { exp });
    const stream = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, { text: 'stay' }, metadataOf(token));
    stream.resume();
    const reason = await new Promise((resolve) => stream.on('error', (error: ServiceError) => resolve(reasonOf(error))));
    expect(reason).toBe('TOKEN_EXPIRED');
    expect(Date.now() / 1000).toBeGreaterThanOrEqual(exp - 0.1);
  });

  it('a stream ends when the token it was opened with is revoked', async () => {
    const client = await asGateway();
    const { path, requestSerialize, responseDeserialize } = method('Repeat');
    const user = aUser({ reputation: 15 });
    const metadata = metadataOf(await issuer.tokenFor(user));
    const stream = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, { text: 'stay' }, metadata);
    const reason = new Promise((resolve) => stream.on('error', (error: ServiceError) => resolve(reasonOf(error))));
    await new Promise((resolve) => stream.once('data', resolve));
    revocations.apply([{ subject: 'user', id: user.id, issuedBefore: Date.now() + 1_000, expiresAt: Infinity }]);
    expect(await reason).toBe('TOKEN_REVOKED');
  });
});

describe('P4: the user is forwarded from hop to hop', () => {
  it('a thousand interleaved requests of two users each keep their user', async () => {
    const client = await asGateway();
    const users = [aUser({ reputation: 1 }), aUser({ reputation: 2 })];
    const tokens = await Promise.all(users.map((user) => issuer.tokenFor(user)));
    // 100 at a time: a thousand do not meet their deadlines on a busy machine.
    for (let round = 0; round < 10; round += 1) {
      const outcomes = await Promise.all(
        Array.from({ length: 100 }, async (_, i) => {
          const { id } = users[i % 2] as (typeof users)[number];
          const text = await call(client, 'Relay', metadataOf(tokens[i % 2]), 'open');
          return text === `${id} by gateway > ${id} by post > ${id} by gateway`;
        }),
      );
      expect(outcomes.filter((right) => !right)).toEqual([]);
    }
  });

  it('except to an rpc that a service calls on its own behalf', async () => {
    const user = aUser();
    const text = await call(await asGateway(), 'Relay', metadataOf(await issuer.tokenFor(user)), 'internal');
    expect(text).toBe(`${user.id} by gateway > nobody by post > ${user.id} by gateway`);
  });
});

describe('A11: certificates', () => {
  const withOverrides = async (overrides: Parameters<Authority['issue']>[2], by = authority) => {
    const dir = join(folder, randomUUID());
    await by.issue('gateway', dir, overrides);
    const [, key, cert] = await certificate(dir);
    return channel(credentials.createSsl(Buffer.from(authority.rootPem), key, cert));
  };
  const hour = 3_600_000;
  const at = (ms: number) => new Date(Date.now() + ms);

  it('none: no connection', async () => {
    expect(await call(channel(credentials.createSsl(Buffer.from(authority.rootPem))), 'Open')).toBe('UNAVAILABLE');
    expect(await call(channel(credentials.createInsecure()), 'Open')).toBe('UNAVAILABLE');
  });

  it('of another CA, with the same names: no connection', async () => {
    const other = await openAuthority(join(folder, 'other'));
    expect(await call(await withOverrides({}, other), 'Open')).toBe('UNAVAILABLE');
  });

  it('self-signed, with the right name: no connection', async () => {
    const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
    const certificate = await X509CertificateGenerator.createSelfSigned({
      name: 'CN=gateway',
      keys,
      signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
      extensions: [new SubjectAlternativeNameExtension([{ type: 'url', value: `spiffe://${TRUST_DOMAIN}/gateway` }])],
    });
    const key = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' });
    const identity = credentials.createSsl(Buffer.from(authority.rootPem), Buffer.from(key), Buffer.from(certificate.toString('pem')));
    expect(await call(channel(identity), 'Open')).toBe('UNAVAILABLE');
  });

  it('expired, not yet valid, for servers only: no connection', async () => {
    expect(await call(await withOverrides({ notBefore: at(-2 * hour), notAfter: at(-hour) }), 'Open')).toBe('UNAVAILABLE');
    expect(await call(await withOverrides({ notBefore: at(hour), notAfter: at(2 * hour) }), 'Open')).toBe('UNAVAILABLE');
    expect(await call(await withOverrides({ eku: ['server'] }), 'Open')).toBe('UNAVAILABLE');
  });

  it.each([
    ['two names', [`spiffe://${TRUST_DOMAIN}/gateway`, `spiffe://${TRUST_DOMAIN}/post`]],
    ['a look-alike', [`spiffe://${TRUST_DOMAIN}/gateway2`]],
    ['another trust domain', ['spiffe://reputable.localhost/gateway']],
    ['no name', []],
  ])('%s: refused', async (_name, uris) => {
    expect(await call(await withOverrides({ uris }), 'Open')).toBe('CALLER_NOT_ALLOWED');
  });

  /** The end of a certificate in some seconds. Certificates expire on a full second. */
  const inSeconds = (seconds: number) => ({ notAfter: new Date((Math.ceil(Date.now() / 1000) + seconds) * 1000) });
  const pastEnd = ({ notAfter }: { notAfter: Date }) =>
    new Promise((resolve) => setTimeout(resolve, notAfter.getTime() + 100 - Date.now()));

  it('that expires on an open connection ends its calls', async () => {
    const soon = inSeconds(3);
    const client = await withOverrides(soon);
    expect(await call(client, 'Open')).toBe('nobody by gateway');
    await pastEnd(soon);
    expect(await call(client, 'Open')).toBe('CALLER_NOT_ALLOWED');
  });

  it('that expires and is renewed: the server closes the connection, and the same channel reconnects', async () => {
    const dir = join(folder, randomUUID());
    const soon = inSeconds(3);
    await authority.issue('gateway', dir, soon);
    const watch = await CertificateWatch.open({ folder: dir, service: 'gateway', trustDomain: TRUST_DOMAIN });
    closing.push(() => watch.close());
    const client = channel(channelCredentials(watch, 'post', TRUST_DOMAIN));
    expect(await call(client, 'Open')).toBe('nobody by gateway');
    await pastEnd(soon);
    await authority.issue('gateway', dir);
    await watch.reload();
    expect(await call(client, 'Open')).toBe('CALLER_NOT_ALLOWED');
    expect(await call(client, 'Open')).toBe('nobody by gateway');
  });

  it('that is renewed in time: no call fails, for longer than the lifetime of a certificate', async () => {
    const dir = join(folder, randomUUID());
    // A busy machine can be several seconds late with a renewal.
    const renew = () => authority.issue('gateway', dir, inSeconds(6));
    await renew();
    const watch = await CertificateWatch.open({ folder: dir, service: 'gateway', trustDomain: TRUST_DOMAIN });
    const config = { contract: Echo, service: 'post', url: `localhost:${port}`, deadlineMs: 10_000 };
    const { client, close } = openClient(config, watch);
    const open = (client as unknown as Record<string, Call>).open as Call;
    const outcomes = new Map<string, number>();
    const until = Date.now() + 9_000;
    const load = async () => {
      while (Date.now() < until) {
        const outcome = await open({ text: '' }).then(({ text }) => text, String);
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        // Calls without a pause would keep a busy machine from renewing in time.
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    const renewal = async () => {
      while (Date.now() < until) {
        await new Promise((resolve) => setTimeout(resolve, 700));
        await renew();
        await watch.reload();
      }
    };
    await Promise.all([load(), load(), load(), load(), renewal()]);
    close();
    watch.close();
    expect([...outcomes.keys()]).toEqual(['nobody by gateway']);
  });

  it('that is revoked ends new calls and open streams, without a restart', async () => {
    const watch = await watchFor('comment');
    const client = channel(channelCredentials(watch, 'post', TRUST_DOMAIN));
    expect(await call(client, 'FromComment')).toBe('nobody by comment');
    const { path, requestSerialize, responseDeserialize } = method('Tail');
    const stream = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, { text: 'stay' });
    stream.resume();
    const ended = new Promise((resolve) => stream.on('error', (error: ServiceError) => resolve(reasonOf(error))));
    await new Promise((resolve) => stream.once('data', resolve));
    const began = Date.now();
    await authority.revoke('comment');
    await copyFile(authority.revocationList, join(folder, 'post', 'crl.pem'));
    expect(await ended).toBe('CALLER_NOT_ALLOWED');
    expect(await call(client, 'FromComment')).toBe('CALLER_NOT_ALLOWED');
    expect(Date.now() - began).toBeLessThan(PATIENCE * 5_000);
  });

  it("a server with another service's certificate is rejected", async () => {
    const watch = await watchFor('auth');
    expect(await call(channel(channelCredentials(watch, 'auth', TRUST_DOMAIN)), 'Internal')).toBe('UNAVAILABLE');
    expect(await call(channel(channelCredentials(watch, 'post', TRUST_DOMAIN)), 'Internal')).toBe('nobody by auth');
  });

  it.each<[string, Parameters<Authority['issue']>[2], RegExp]>([
    ['that is for clients only', { eku: ['client'] }, /unsuitable certificate purpose/],
    ['of a look-alike', { uris: [`spiffe://${TRUST_DOMAIN}/post2`] }, /The server is not spiffe/],
    ['with two names', { uris: [`spiffe://${TRUST_DOMAIN}/post`, `spiffe://${TRUST_DOMAIN}/auth`] }, /The server is not spiffe/],
    ['that has expired', { notBefore: at(-2 * hour), notAfter: at(-hour) }, /certificate has expired/],
  ])('a server with a certificate %s is rejected', async (_name, overrides, why) => {
    const dir = join(folder, randomUUID());
    await authority.issue('post', dir, overrides);
    const [ca = null, key, cert] = await certificate(dir);
    const impostor = new Server();
    const identity = ServerCredentials.createSsl(ca, [{ private_key: key as Buffer, cert_chain: cert as Buffer }], true);
    const bound = await new Promise<number>((resolve, reject) => {
      impostor.bindAsync('localhost:0', identity, (error, found) => (error ? reject(error) : resolve(found)));
    });
    const watch = await watchFor('gateway');
    const { path, requestSerialize, responseDeserialize } = method('Open');
    const client = new GrpcClient(`localhost:${bound}`, channelCredentials(watch, 'post', TRUST_DOMAIN));
    const error = await new Promise<ServiceError | null>((resolve) => {
      client.makeUnaryRequest(path, requestSerialize, responseDeserialize, { text: '' }, new Metadata(), resolve);
    });
    client.close();
    impostor.forceShutdown();
    expect(error).toMatchObject({ code: status.UNAVAILABLE, details: expect.stringMatching(why) });
  });

  it('TLS 1.2 is rejected', async () => {
    const [ca, key, cert] = await certificate();
    const protocol = (maxVersion: 'TLSv1.2' | 'TLSv1.3') =>
      new Promise((resolve) => {
        const socket = connectTls(
          { host: 'localhost', port, ca, key, cert, minVersion: 'TLSv1.2', maxVersion, ALPNProtocols: ['h2'] },
          () => {
            resolve(socket.getProtocol());
            socket.destroy();
          },
        );
        socket.on('error', () => resolve('refused'));
      });
    expect(await protocol('TLSv1.2')).toBe('refused');
    expect(await protocol('TLSv1.3')).toBe('TLSv1.3');
  });

  it('a raw HTTP/2 client with a certificate and no token is refused', async () => {
    const [ca, key, cert] = await certificate();
    const session = connect(`https://localhost:${port}`, { ca, key, cert });
    const stream = session.request({
      ':method': 'POST',
      ':path': '/test.echo.v1.Echo/Say',
      'content-type': 'application/grpc',
      te: 'trailers',
      'x-user-id': 'admin',
    });
    stream.end(Buffer.from([0, 0, 0, 0, 0]));
    const code = await new Promise((resolve) => {
      stream.on('response', (headers) => headers['grpc-status'] !== undefined && resolve(headers['grpc-status']));
      stream.on('trailers', (trailers: Record<string, string>) => resolve(trailers['grpc-status']));
      stream.resume();
    });
    session.destroy();
    expect(Number(code)).toBe(status.UNAUTHENTICATED);
  });
});
