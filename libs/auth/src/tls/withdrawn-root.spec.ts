import { create } from '@bufbuild/protobuf';
import { Client, Metadata, Server, type ServerWritableStream, type ServiceError } from '@grpc/grpc-js';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { ROLES, SCOPES, methodDefinition, SERVICES } from '@reputable/contracts';
import { AuthService, type WatchRevocationsResponse, WatchRevocationsResponseSchema } from '@reputable/contracts/auth/v1/auth';
import { fromServiceError } from '@reputable/errors';
import { type Authority, openAuthority } from '@reputable/pki';
import { eventually, PATIENCE, PATIENCE_MS } from '@reputable/testing';
import { X509Certificate } from 'node:crypto';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { rulesOf } from '../access/access-rule.ts';
import { AccessServerInterceptor } from '../call/access.server-interceptor.ts';
import { Issuers } from '../issuer/issuers.ts';
import { RevocationStream } from '../revocation/revocation-stream.ts';
import { TokenRevocations, UNTIL_EXPIRY } from '../revocation/token-revocations.ts';
import { JwtStrategy } from '../token/jwt.strategy.ts';
import { TokenVerifier } from '../token/token-verifier.ts';
import { CertificateAuthorities } from './certificate-authorities.ts';
import { CertificateWatch } from './certificate-watch.ts';
import { nextNumber } from './connection.ts';
import { channelCredentials, serverCredentials } from './credentials.ts';
import { PeerReader } from './peer.ts';

const TRUST_DOMAIN = 'reputable.local';
const { path, requestSerialize, responseDeserialize, ...method } = methodDefinition(AuthService.method.watchRevocations);

let home: string;
let count = 0;
let authority: Authority;
const closing: (() => void)[] = [];

beforeAll(async () => {
  for (const level of ['log', 'warn', 'error'] as const) jest.spyOn(Logger.prototype, level).mockImplementation(() => undefined);
  home = await mkdtemp(join(tmpdir(), 'reputable-root-'));
});
beforeEach(async () => {
  authority = await openAuthority(join(home, String((count += 1))));
});
afterAll(async () => {
  for (const close of closing.reverse()) close();
  await rm(home, { recursive: true, force: true });
  jest.restoreAllMocks();
});

async function watchFor(service: string, folder = join(authority.dir, service)): Promise<CertificateWatch> {
  if (folder === join(authority.dir, service)) await authority.ensure(service);
  const watch = await CertificateWatch.open({ folder, service, trustDomain: TRUST_DOMAIN });
  closing.push(() => watch.close());
  return watch;
}

/** The certificate of a service as it is now. No roll replaces it. */
async function copyOf(service: string): Promise<CertificateWatch> {
  const folder = join(authority.dir, '.copies', service);
  await authority.ensure(service);
  await cp(join(authority.dir, service), folder, { recursive: true });
  return watchFor(service, folder);
}

/** Serves WatchRevocations, which everybody may open who has a certificate of a service. */
async function serve(identity: CertificateWatch, watch: (stream: ServerWritableStream<unknown, WatchRevocationsResponse>) => void) {
  const tokens = new TokenVerifier(new JwtStrategy(new Issuers('http://localhost:1', { service: 'auth' }), UNTIL_EXPIRY));
  const rules = rulesOf([AuthService], { roles: ROLES, services: SERVICES, scopes: SCOPES });
  const { intercept } = new AccessServerInterceptor(rules, new PeerReader(TRUST_DOMAIN, identity), tokens);
  const server = new Server({ interceptors: [intercept] });
  const definition = { path, requestSerialize, responseDeserialize, ...method };
  server.addService({ WatchRevocations: definition }, { WatchRevocations: watch });
  closing.push(() => server.forceShutdown());
  return promisify(server.bindAsync.bind(server))('localhost:0', serverCredentials(identity));
}

function clientOf(identity: CertificateWatch, port: number): Client {
  const client = new Client(`localhost:${String(port)}`, channelCredentials(identity, 'auth', TRUST_DOMAIN));
  closing.push(() => client.close());
  return client;
}

/** Opens a stream. `ended` resolves with the reason of its end. */
function open(client: Client) {
  const stream = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, {}, new Metadata());
  closing.push(() => stream.cancel());
  const first = new Promise((resolve) => stream.once('data', resolve));
  const ended = new Promise((resolve) => stream.once('error', (error: ServiceError) => resolve(fromServiceError(error, 'auth').reason)));
  return { first: Promise.race([first, ended]), ended };
}

/** Replaces the root, and lets these services read their folders. */
async function roll(...services: CertificateWatch[]) {
  await authority.roll({ pause: 0 });
  for (const service of services) await service.reload();
}

async function withdraw(...services: CertificateWatch[]) {
  expect(await authority.finishRoll({ after: 0 })).toBe(true);
  for (const service of services) await service.reload();
}

const answer = (stream: ServerWritableStream<unknown, WatchRevocationsResponse>) => {
  stream.write(create(WatchRevocationsResponseSchema));
};

describe('a server', () => {
  it('ends the streams and calls of clients whose root is withdrawn, also on connections that are open', async () => {
    const [auth, post, old, idle] = [await watchFor('auth'), await watchFor('post'), await copyOf('post'), await copyOf('user')];
    const port = await serve(auth, answer);
    const [oldClient, idleClient, client] = [clientOf(old, port), clientOf(idle, port), clientOf(post, port)];
    const oldStream = open(oldClient);
    await oldStream.first;
    // Connected under the old root, without a call.
    await promisify(idleClient.waitForReady.bind(idleClient))(Date.now() + PATIENCE_MS);

    await roll(auth, post);
    // Both roots are trusted now.
    expect(await open(oldClient).first).toMatchObject({ revocations: [] });
    const stream = open(client);
    await stream.first;

    const withdrawn = Date.now();
    await withdraw(auth, post);
    expect(await oldStream.ended).toBe('CALLER_NOT_ALLOWED');
    expect(Date.now() - withdrawn).toBeLessThan(PATIENCE * 5_000);
    // The connection is closed, and a new one is not accepted.
    expect(await open(oldClient).first).toBe('SERVICE_UNAVAILABLE');
    expect(await open(idleClient).first).toBe('CALLER_NOT_ALLOWED');
    expect(await open(clientOf(post, port)).first).toMatchObject({ revocations: [] });
  });

  it('refuses a client whose root is withdrawn, however long it keeps its connection before the first call', async () => {
    const [auth, old] = [await watchFor('auth'), await copyOf('user')];
    const client = clientOf(old, await serve(auth, answer));
    await promisify(client.waitForReady.bind(client))(Date.now() + PATIENCE_MS);
    await roll(auth);
    await withdraw(auth);
    const now = performance.now.bind(performance);
    const later = jest.spyOn(performance, 'now').mockImplementation(() => now() + 250_000);
    expect(await open(client).first).toBe('CALLER_NOT_ALLOWED');
    later.mockRestore();
  });
});

it('a server trusts new connections after the removal of a root, also of issuers that it does not know', async () => {
  const next = await openAuthority(join(home, 'next'));
  const { certificate } = await authority.issue('post');
  const [roots = [], nextRoots = []] = [authority, next].map(({ rootPem }) => [new X509Certificate(rootPem)]);
  const before = nextNumber();
  const withdrawn = new CertificateAuthorities(nextRoots, [], new CertificateAuthorities(roots, []));
  expect([0, before, nextNumber()].map((connection) => withdrawn.trust(certificate, connection))).toEqual([false, false, true]);
});

describe('a client', () => {
  /** Opens the revocation stream of a client at a server. `count`: the calls of it that the server has received, and that have ended. */
  async function follow(server: CertificateWatch, client: CertificateWatch) {
    const count = { opened: 0, ended: 0 };
    const port = await serve(server, (stream) => {
      count.opened += 1;
      stream.on('cancelled', () => (count.ended += 1));
      const timer = setInterval(() => answer(stream), 200);
      stream.on('close', () => clearInterval(timer));
      answer(stream);
    });
    const revocations = new TokenRevocations();
    const stream = new RevocationStream({ url: `localhost:${String(port)}`, service: 'auth' }, client, revocations);
    closing.push(
      () => revocations.close(),
      () => stream.close(),
    );
    await revocations.ready;
    return { revocations, count };
  }

  it('ends its stream from a server whose root is withdrawn, and opens none there', async () => {
    const [post, old] = [await watchFor('post'), await copyOf('auth')];
    const { revocations, count } = await follow(old, post);
    // The server keeps its former certificate, and trusts both roots as long as the test lasts.
    await roll(post);
    await cp(join(authority.dir, 'auth', 'ca.crt'), join(authority.dir, '.copies', 'auth', 'ca.crt'));
    await old.reload();
    await sleep(500);

    await eventually(() => expect(count.opened).toBeGreaterThan(count.ended));
    await withdraw(post);
    await eventually(() => expect(count.ended).toBe(count.opened));
    await eventually(() => expect(revocations.fault).toContain('no revocation updates'));
    expect(count.ended).toBe(count.opened);
  });

  it('ends its stream from a server whose certificate has expired, and opens none there', async () => {
    const post = await watchFor('post');
    const folder = join(authority.dir, '.copies', 'auth');
    await authority.issue('auth', folder, { notAfter: new Date(Date.now() + 20_000) });
    const { revocations, count } = await follow(await watchFor('auth', folder), post);
    await eventually(() => expect(revocations.fault).toContain('no revocation updates'), 30_000);
    expect(count.ended).toBe(count.opened);
  });
});
