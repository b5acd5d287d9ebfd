import 'reflect-metadata';
import { Client, type ChannelCredentials, credentials, Metadata, type ServerInterceptingCallInterface, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Controller, Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GrpcMethod } from '@nestjs/microservices';
import { serviceDefinition } from '@reputable/contracts';
import { fromServiceError } from '@reputable/errors';
import { type Authority, openAuthority } from '@reputable/pki';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuthModule, type ServiceAuthOptions } from '../auth.module.ts';
import { currentCall } from '../call/call-context.ts';
import { contractOf } from '../call/echo.fixture.ts';
import { securedGrpc } from '../secured-grpc.ts';
import { aUser, TestIssuer } from '../testing/index.ts';
import { CertificateWatch } from '../tls/certificate-watch.ts';
import { type XfccOptions, XfccPeers } from './xfcc-peers.ts';

const TRUST_DOMAIN = 'reputable.local';
const anyone = { case: 'anyone', value: true } as const;
const service = { case: 'service', value: true } as const;
const idOf = (name: string) => `spiffe://cluster.local/ns/shop/sa/${name}`;
const xfcc: XfccOptions = { from: 'xfcc', proxy: 'loopback', spiffeId: idOf('{service}') };

/** A header as Istio's sidecar of the service `post` writes it. */
const headerFor = (...ids: readonly string[]) => ids.map((id) => `By=${idOf('post')};Hash=468ed33be74eee65;Subject="";URI=${id}`).join(',');

const Echo = contractOf('Echo', { Say: { rule: { who: anyone, callers: ['gateway'] } } });
const Called = contractOf('Called', { Say: { rule: { who: anyone, callers: ['post'] } } });
const Open = contractOf('Echo', { Say: { rule: { who: anyone } } });

@Controller()
class EchoController {
  @GrpcMethod('Echo')
  say() {
    return { text: currentCall()?.peer ?? 'nobody' };
  }
}

let folder: string;
let authority: Authority;
let issuer: TestIssuer;
let warn: jest.SpiedFunction<Logger['warn']>;
const closing: (() => unknown)[] = [];

beforeAll(async () => {
  warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
  folder = await mkdtemp(join(tmpdir(), 'reputable-peer-'));
  authority = await openAuthority(folder);
  issuer = await TestIssuer.start();
});
afterAll(async () => {
  for (const close of closing.reverse()) await close();
  await issuer.stop();
  await rm(folder, { recursive: true, force: true });
  jest.restoreAllMocks();
});

/** Starts a service of the contract `Echo`. Returns its address. */
async function serve(options: Partial<ServiceAuthOptions>, url = '127.0.0.1:0'): Promise<string> {
  const auth = AuthModule.forService({
    service: 'post',
    serves: [Echo],
    issuer: issuer.url,
    known: { roles: [], services: ['gateway', 'comment', 'post'] },
    revocations: { accept: 'until expiry' },
    ...options,
  });
  class AppModule {}
  Module({ imports: [auth], controllers: [EchoController] })(AppModule);
  const listening = Promise.withResolvers<number>();
  const app = await NestFactory.createMicroservice(AppModule, {
    ...securedGrpc({ url, onListening: listening.resolve }),
    logger: false,
    abortOnError: false,
  });
  await app.listen();
  closing.push(() => app.close());
  return `localhost:${await listening.promise}`;
}

/** Calls `Say`. Resolves with the peer that the handler sees, or the reason of the error. */
function say(address: string, header?: string | Metadata, identity: ChannelCredentials = credentials.createInsecure()) {
  const metadata = header instanceof Metadata ? header : new Metadata();
  if (typeof header === 'string') metadata.set('x-forwarded-client-cert', header);
  const { path, requestSerialize, responseDeserialize } = serviceDefinition(Echo).Say as ReturnType<typeof serviceDefinition>[string];
  const client = new Client(address, identity);
  return new Promise<string>((resolve) => {
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, {}, metadata, (error, response) => {
      client.close();
      const detailed = error?.metadata.get('grpc-status-details-bin').length;
      if (error) resolve(detailed ? fromServiceError(error, 'post').reason : status[error.code]);
      else resolve((response as { text: string }).text);
    });
  });
}

/** The peer that a header names on a connection from an address. */
function peerOf(options: XfccOptions, header: string, remoteAddress: string | undefined = '127.0.0.1'): string | undefined {
  const metadata = new Metadata();
  metadata.set('x-forwarded-client-cert', header);
  // The part of a call of grpc-js that tells where its connection comes from.
  const call = { stream: { session: { socket: { remoteAddress } } }, getPeer: () => remoteAddress };
  return new XfccPeers(options, 'post').serviceOf(call as unknown as ServerInterceptingCallInterface, metadata);
}

const certificateOf = async (name: string) => {
  const dir = join(folder, name);
  await authority.issue(name, dir);
  const watch = await CertificateWatch.open({ folder: dir, service: name, trustDomain: TRUST_DOMAIN });
  closing.push(() => {
    watch.close();
  });
  return watch;
};

describe('peers by the header of a sidecar', () => {
  let address: string;
  beforeAll(async () => {
    address = await serve({ peer: xfcc });
  });

  it('reach the handler by name', async () => {
    expect(await say(address, headerFor(idOf('gateway')))).toBe('gateway');
  });

  it('are described by the last element, which the sidecar wrote', async () => {
    expect(await say(address, headerFor(idOf('comment'), idOf('gateway')))).toBe('gateway');
    expect(await say(address, headerFor(idOf('gateway'), idOf('comment')))).toBe('CALLER_NOT_ALLOWED');
  });

  it('are refused if the rule does not list them', async () => {
    expect(await say(address, headerFor(idOf('comment')))).toBe('CALLER_NOT_ALLOWED');
  });

  it.each<[string, string | undefined]>([
    ['no header', undefined],
    ['a malformed header', `${headerFor(idOf('gateway'))},`],
    ['an unclosed quote', `${headerFor(idOf('gateway'))};Subject="`],
    ['an element of another proxy', headerFor(idOf('gateway')).replace(idOf('post'), idOf('ingress'))],
    ['an element without By', `Hash=468e;URI=${idOf('gateway')}`],
    ['no URI', headerFor(idOf('gateway')).replace(/;URI=.*/, '')],
    ['an empty URI', headerFor('')],
    ['two URIs', `${headerFor(idOf('gateway'))};URI=${idOf('gateway')}`],
    ['another trust domain', headerFor(idOf('gateway').replace('cluster.local', 'cluster.other'))],
    ['another namespace', headerFor(idOf('gateway').replace('/shop/', '/shoq/'))],
    ['a longer path', headerFor(`${idOf('gateway')}/x`)],
    ['a path in the name', headerFor(idOf('x/../gateway'))],
    ['the ID in the subject only', `By=${idOf('post')};Subject="URI=${idOf('gateway')}"`],
    ['an element in a quoted subject', String.raw`By=${idOf('post')};Subject="\",By=${idOf('post')};URI=${idOf('gateway')}"`],
  ])('are refused with %s', async (_, header) => {
    expect(await say(address, header)).toBe('CALLER_NOT_ALLOWED');
  });

  it('are refused on a connection that is not from loopback', async () => {
    const socket = `unix:${join(folder, 'post.sock')}`;
    await serve({ peer: xfcc }, socket);
    expect(await say(socket, headerFor(idOf('gateway')))).toBe('CALLER_NOT_ALLOWED');
  });

  it.each([
    ['127.0.0.6', 'gateway'],
    ['10.1.2.3', undefined],
    ['::ffff:10.1.2.3', undefined],
    ['', undefined],
  ])('of a connection from %s: %s', (remoteAddress, expected) => {
    expect(peerOf(xfcc, headerFor(idOf('gateway')), remoteAddress)).toBe(expected);
  });

  it('may have a SPIFFE ID that goes on after the name', () => {
    const options = { ...xfcc, spiffeId: 'spiffe://cluster.local/{service}/v1' };
    const header = (id: string) => `By=spiffe://cluster.local/post/v1;URI=${id}`;
    expect(peerOf(options, header('spiffe://cluster.local/gateway/v1'))).toBe('gateway');
    expect(peerOf(options, header('spiffe://cluster.local/gateway/v2'))).toBeUndefined();
  });

  it('are logged once for a connection if they cannot be identified', async () => {
    warn.mockClear();
    await say(address, `URI=${idOf('gateway')}`);
    expect(warn.mock.calls.map(([line]) => line as { msg: string; fault?: string })).toContainEqual(
      expect.objectContaining({ msg: 'peer not identified', fault: `the last element is not by ${idOf('post')}` }),
    );
  });

  it('need one place for the name in spiffeId', async () => {
    for (const spiffeId of ['spiffe://cluster.local/ns/shop/sa/post', 'cluster.local/{service}', 'spiffe://{service}/{service}']) {
      await expect(serve({ peer: { ...xfcc, spiffeId } })).rejects.toThrow('peer.spiffeId must be a SPIFFE ID with {service}');
    }
  });
});

describe('peers by the header of a proxy with a certificate', () => {
  it('count only from that proxy', async () => {
    const [, envoy, gateway] = await Promise.all(['post', 'envoy', 'gateway'].map(certificateOf));
    const tls = { folder: join(folder, 'post'), trustDomain: TRUST_DOMAIN };
    const address = await serve({ tls, peer: { ...xfcc, proxy: { certificate: 'envoy' }, proxyId: idOf('envoy') } });
    const header = headerFor(idOf('gateway')).replace(idOf('post'), idOf('envoy'));
    const from = (watch: CertificateWatch | undefined) => say(address, header, watch?.credentialsFor('post'));
    expect(await from(envoy)).toBe('gateway');
    expect(await from(gateway)).toBe('CALLER_NOT_ALLOWED');
    expect(await say(address, header)).toBe('UNAVAILABLE');
  });

  it('need tls', async () => {
    await expect(serve({ peer: { ...xfcc, proxy: { certificate: 'envoy' } } })).rejects.toThrow('without tls');
  });
});

describe('peers that are not identified', () => {
  it('may call rpcs whose rules do not depend on them', async () => {
    expect(await say(await serve({ peer: 'none', serves: [Open] }), headerFor(idOf('gateway')))).toBe('nobody');
  });

  it('stop the start if a rule depends on them', async () => {
    const contract = contractOf('Echo', {
      Say: { rule: { who: anyone, callers: ['gateway'] } },
      Deliver: { rule: { who: service } },
      Fine: { rule: { who: anyone } },
    });
    const start = serve({ peer: 'none', serves: [contract] });
    await expect(start).rejects.toThrow(
      /^test\.echo\.v1\.Echo\/Say lists callers \(gateway\), and peer: 'none'.*\n.*Echo\/Deliver is for services.*$/,
    );
  });

  it('need the option: by default a rule needs callers', async () => {
    await expect(serve({ peer: xfcc, serves: [Open] })).rejects.toThrow('test.echo.v1.Echo/Say has an access rule without callers.');
  });

  it('do not change the check of the user', async () => {
    const signedIn = contractOf('Echo', { Say: { rule: { who: { case: 'signedIn', value: {} as never } } } });
    const address = await serve({ peer: 'none', serves: [signedIn] });
    expect(await say(address)).toBe('TOKEN_MISSING');
    const metadata = new Metadata();
    metadata.set('authorization', `Bearer ${await issuer.tokenFor(aUser(), { aud: 'post' })}`);
    expect(await say(address, metadata)).toBe('nobody');
  });
});

describe('without tls', () => {
  it('the service needs another source of peers', async () => {
    await expect(serve({})).rejects.toThrow('Peers cannot be identified without tls.');
  });

  it('the service listens on this machine only, unless the address is named', async () => {
    await expect(serve({ peer: xfcc }, '0.0.0.0:0')).rejects.toThrow('Cannot listen on 0.0.0.0:0 without TLS. Set tls, use an address');
    expect(await say(await serve({ peer: xfcc, plaintext: ['0.0.0.0:0'] }, '0.0.0.0:0'), headerFor(idOf('gateway')))).toBe('gateway');
  });

  it('the service calls others on this machine only, unless the target is named', async () => {
    const calls = [{ contract: Called, service: 'user', url: 'dns:///user:50051' }];
    await expect(serve({ peer: xfcc, calls })).rejects.toThrow('Cannot call user at dns:///user:50051 without TLS.');
    await serve({ peer: xfcc, calls, plaintext: ['dns:///user:50051'] });
    const revocations = { from: 'stream', service: 'auth', url: 'dns:///auth:50051' } as const;
    await expect(serve({ peer: xfcc, revocations })).rejects.toThrow('Cannot call auth at dns:///auth:50051 without TLS.');
  });

  it('the service does not start if nothing that it calls accepts its calls', async () => {
    const calls = [{ contract: Echo, service: 'user', url: 'localhost:50051' }];
    await expect(serve({ peer: xfcc, calls })).rejects.toThrow(
      'calls lists test.echo.v1.Echo, none of whose rpcs has "post" among its callers.',
    );
  });

  it('the service logs each option that weakens a check', async () => {
    warn.mockClear();
    const calls = [{ contract: Open, service: 'user', url: 'dns:///user:50051' }];
    await serve({ peer: 'none', serves: [Open], calls, plaintext: ['0.0.0.0:0', 'dns:///user:50051'] }, '0.0.0.0:0');
    expect(warn.mock.calls.map(([line]) => (line as { option?: string }).option)).toEqual([
      'no tls: call user at dns:///user:50051 without TLS',
      "peer: 'none': the services that call are not identified",
      'no tls: listen on 0.0.0.0:0 without TLS',
    ]);
  });
});
