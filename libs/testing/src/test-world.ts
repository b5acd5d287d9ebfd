import type { DescMethod, DescService } from '@bufbuild/protobuf';
import { CertificateWatch, channelCredentials, type Client, openClient, ruleOf } from '@reputable/auth';
import { TestIssuer, type TestUser, withToken } from '@reputable/auth/testing';
import { entryOf, GRPC_SERVICES, type GrpcServiceName, peersOf, TRUST_DOMAIN, urlSettingOf } from '@reputable/contracts/registry';
import type { Mailbox } from '@reputable/mailbox';
import { type Authority, openAuthority } from '@reputable/pki';
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PATIENCE_MS, PATIENT } from './config.ts';
import { MessageStream } from './message-stream.ts';
import { RawClient } from './raw-client.ts';
import { type RunningService, startProcess } from './service-process.ts';
import { createTestDatabase } from './test-database.ts';
import { TestAuth } from './test-auth.ts';
import type { Opaque, TestExchange } from './test-exchange.ts';
import type { TestRevocations } from './test-revocations.ts';

/** The user and the service that a call is placed as. */
export interface As {
  /** The signed-in user. Default: none. */
  readonly user?: TestUser | undefined;
  /** A token that replaces the one issued for the user. */
  readonly token?: string | undefined;
  /** The kind of the token that is issued for the user: the setting `TOKENS_INSIDE`. Default: `jwt`. */
  readonly inside?: 'jwt' | 'txn' | undefined;
  /** The service whose certificate the client presents. Default: the gateway. */
  readonly service?: string | undefined;
}

/** A service that runs in a world. */
export interface TestService extends RunningService {
  readonly name: string;
  /** The settings of its start. */
  readonly settings: Record<string, string>;
  /** The URL of its database; empty for the gateway. */
  readonly databaseUrl: string;
}

/** An address where nothing listens. */
const NOWHERE = 'localhost:1';

/** The value of every secret. */
const KEY = Buffer.alloc(32, 7).toString('base64');

/** The address that auth sends mail from. */
const MAIL_FROM = 'Reputable <no-reply@example.com>';

/** All users of a world share one address, so the limits per address are high. The limits per account are those of production. */
const BUSY_ADDRESS = {
  LIMIT_LOG_IN_ADDRESS: '100000/900',
  LIMIT_REGISTRATION: '100000/3600',
  LIMIT_TOKEN_ADDRESS: '100000/900',
  LIMIT_MAIL_ADDRESS: '100000/3600',
};

let shared: Promise<TestWorld> | undefined;

/**
 * An environment for tests of services: a certificate authority, a token issuer, a stand-in for auth, and a database per service.
 *
 * @example
 * const world = await TestWorld.create();
 * const post = await world.start('post', { USER_URL: 'localhost:1' });
 * const posts = world.client(PostService, post, { user: aUser({ reputation: 14 }) });
 * await expect(posts.upvotePost({ id })).rejects.toMatchObject(denied('REPUTATION_TOO_LOW'));
 * await world.end();
 */
export class TestWorld {
  readonly #services: RunningService[] = [];
  readonly #byName = new Map<string, Promise<TestService>>();
  #auth: TestAuth | undefined;
  #mailbox: Promise<Mailbox> | undefined;
  readonly #watches = new Map<string, Promise<CertificateWatch>>();
  readonly #channels = new Map<string, { client: object; close: () => void }>();
  readonly #rawClients = new Map<string, RawClient>();

  private constructor(
    readonly folder: string,
    readonly authority: Authority,
    readonly issuer: TestIssuer,
  ) {}

  /** The stand-in for auth that services of this world use unless AUTH_URL is set. */
  get auth(): TestAuth {
    if (!this.#auth) throw new Error('The world has no auth. Create it with TestWorld.create().');
    return this.#auth;
  }

  /** The revocation stream of the stand-in for auth. */
  get revocations(): TestRevocations {
    return this.auth.revocations;
  }

  /** The token exchange of the stand-in for auth. */
  get exchange(): TestExchange {
    return this.auth.exchange;
  }

  /** The mails that auth has sent in this world. */
  mailbox(): Promise<Mailbox> {
    return (this.#mailbox ??= import('@reputable/mailbox').then(({ Mailbox }) => Mailbox.start()));
  }

  /** Issues an opaque token for a user. The gateway accepts it; services accept only JWTs of the issuer. */
  opaque(user: TestUser, opaque?: Partial<Opaque>): string {
    return this.exchange.issue(user, opaque);
  }

  static async create(): Promise<TestWorld> {
    const folder = await mkdtemp(join(tmpdir(), 'reputable-test-'));
    const world = new TestWorld(folder, await openAuthority(folder), await TestIssuer.start());
    world.#auth = await TestAuth.start(await world.certificate('auth'), world.issuer);
    return world;
  }

  /**
   * The world of all spec files that run in this process. Its services start once, see {@link service}, and run until the process ends. A
   * spec that uses it has users and rows of its own, changes no world-wide state, and stops what it starts beside.
   */
  static shared(): Promise<TestWorld> {
    shared ??= TestWorld.create().then((world) => {
      process.once('exit', () => rmSync(world.folder, { recursive: true, force: true }));
      return Object.assign(globalThis, { sharedTestWorld: world }).sharedTestWorld;
    });
    return shared;
  }

  /** Starts a service on free ports with an empty database. `env` adds or overrides settings. */
  async start(name: string, env: Record<string, string> = {}): Promise<TestService> {
    return this.#run(name, { ...(await this.settings(name)), ...env });
  }

  /**
   * A service of this world with the addresses of the services that it calls. The first call starts it, and them. Its events for services that it
   * only informs reach nobody.
   */
  service(name: string): Promise<TestService> {
    const service = this.#byName.get(name) ?? this.#startWithCallees(name);
    this.#byName.set(name, service);
    return service;
  }

  async #startWithCallees(name: string): Promise<TestService> {
    const callees = entryOf(name).calls.filter((callee) => callee !== 'auth');
    const services = await Promise.all(callees.map(async (callee) => [callee, await this.service(callee)] as const));
    return this.start(name, urlsOf(Object.fromEntries(services)));
  }

  /** Every service except the gateway, see {@link service}. All use the stand-in's revocation stream. */
  async services(): Promise<Readonly<Record<GrpcServiceName, TestService>>> {
    const services = await Promise.all(GRPC_SERVICES.map(async (name) => [name, await this.service(name)] as const));
    return Object.fromEntries(services) as Record<GrpcServiceName, TestService>;
  }

  /** Starts a service with exactly these settings. */
  startWith(name: string, settings: Record<string, string>): Promise<TestService> {
    return this.#run(name, settings);
  }

  /** Stops a service with `signal` (default: SIGTERM) and starts it again with the same ports and database. */
  async restart(service: TestService, signal?: NodeJS.Signals): Promise<TestService> {
    await service.stop(signal);
    const settings = { ...service.settings, GRPC_PORT: String(service.ports.grpc) };
    return Object.assign(service, await this.#run(service.name, settings));
  }

  async #run(name: string, settings: Record<string, string>): Promise<TestService> {
    const service = await startProcess(name, settings);
    this.#services.push(service);
    return { ...service, name, settings, databaseUrl: settings.DATABASE_URL ?? '' };
  }

  /** The settings of a service in this world. */
  async settings(name: string): Promise<Record<string, string>> {
    await this.authority.issue(name);
    const entry = entryOf(name);
    const { http, database, secrets } = entry;
    return {
      GRPC_PORT: '0',
      ...PATIENT,
      SHUTDOWN_DELAY_MS: '0',
      ...(http !== undefined && { PORT: '0' }),
      TLS_DIR: join(this.folder, name),
      ISSUER: this.issuer.url,
      JWKS_URI: `${this.issuer.url}/.well-known/jwks.json`,
      ...Object.fromEntries(peersOf(entry).map((peer) => [urlSettingOf(peer), NOWHERE])),
      ...(name !== 'auth' && { AUTH_URL: this.auth.url }),
      ...(database && { DATABASE_URL: await createTestDatabase(name) }),
      ...Object.fromEntries(secrets.map((secret) => [secret, KEY])),
      ...(name === 'auth' && { ...BUSY_ADDRESS, MAIL_FROM, SMTP_URL: (await this.mailbox()).smtpUrl }),
    };
  }

  /** A client of a running service. Its methods place calls as `as`. */
  async client<S extends DescService>(contract: S, { ports }: Pick<RunningService, 'ports'>, as: As = {}): Promise<Client<S>> {
    const client = await this.#open(contract, ports.grpc, as.service ?? 'gateway');
    const methods = Object.entries<(request: never) => Promise<unknown>>(client);
    if (as.inside === 'txn' && as.user)
      return Object.fromEntries(methods.map(this.#inTransactions(contract, as.user, as.service))) as Client<S>;
    const token = await this.#tokenOf(as);
    if (token === undefined) return client;
    return Object.fromEntries(
      methods.map(([name, call]) => [name, (request: never) => withToken(token, () => call(request))]),
    ) as Client<S>;
  }

  /** Calls of one session, each with a Transaction Token of its own. */
  #inTransactions(contract: DescService, user: TestUser, workload?: string) {
    const rctx = { sid: randomUUID(), client_id: 'test' };
    return ([name, call]: [string, (request: never) => Promise<unknown>]) => {
      const { path, isRead } = ruleOf(contract.method[name] as DescMethod);
      const transaction = { trustDomain: TRUST_DOMAIN, workload, path: isRead ? undefined : path };
      const place = async (request: never) => {
        const token = await this.issuer.transactionTokenFor(user, transaction, { rctx });
        return withToken(token, () => call(request));
      };
      return [name, place] as const;
    };
  }

  /** Opens a stream of messages as `as`. */
  async stream<M extends DescMethod>(method: M, { ports }: Pick<RunningService, 'ports'>, as: As = {}): Promise<MessageStream<M>> {
    const service = nameOf(method.parent);
    const credentials = channelCredentials(await this.certificate(as.service ?? 'gateway'), service, TRUST_DOMAIN);
    return new MessageStream(method, { service, port: ports.grpc, token: await this.#tokenOf(as) }, credentials);
  }

  /** Sends raw bytes in place of a request, to test requests that no client produces. */
  async send(method: DescMethod, { ports }: Pick<RunningService, 'ports'>, bytes: Uint8Array, as: As = {}): Promise<void> {
    const client = await this.#openRaw(nameOf(method.parent), ports.grpc, as.service ?? 'gateway');
    await client.send(method, bytes, await this.#tokenOf(as));
  }

  async #openRaw(service: string, port: number, peer: string): Promise<RawClient> {
    const identity = await this.certificate(peer);
    const key = `${peer} to ${service} at ${String(port)}`;
    const client = this.#rawClients.get(key) ?? new RawClient(service, port, channelCredentials(identity, service, TRUST_DOMAIN));
    this.#rawClients.set(key, client);
    return client;
  }

  /** All users share one channel, as at the gateway. */
  async #open<S extends DescService>(contract: S, port: number, peer: string): Promise<Client<S>> {
    const identity = await this.certificate(peer);
    const key = `${peer} to ${contract.typeName} at ${String(port)}`;
    const config = { contract, service: nameOf(contract), url: `localhost:${String(port)}`, deadlineMs: PATIENCE_MS };
    const channel = this.#channels.get(key) ?? openClient(config, identity);
    this.#channels.set(key, channel);
    return channel.client as Client<S>;
  }

  async #tokenOf(as: As): Promise<string | undefined> {
    return as.token ?? (as.user && (await this.issuer.tokenFor(as.user)));
  }

  /** The certificate of a service of this world. */
  certificate(service: string): Promise<CertificateWatch> {
    let watch = this.#watches.get(service);
    if (!watch) {
      const folder = join(this.folder, 'clients', service);
      watch = this.authority.issue(service, folder).then(() => CertificateWatch.open({ folder, service, trustDomain: TRUST_DOMAIN }));
      this.#watches.set(service, watch);
    }
    return watch;
  }

  /** Stops everything that this world has started. */
  async end(): Promise<void> {
    for (const { close } of this.#channels.values()) close();
    for (const client of this.#rawClients.values()) client.close();
    for (const watch of this.#watches.values()) (await watch).close();
    await Promise.all(this.#services.map((service) => service.stop()));
    this.#auth?.stop();
    await this.issuer.stop();
    await (await this.#mailbox)?.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** The settings with the gRPC targets of these services, for example `POST_URL`. */
export const urlsOf = (services: Readonly<Record<string, Pick<RunningService, 'ports'>>>): Record<string, string> =>
  Object.fromEntries(Object.entries(services).map(([name, { ports }]) => [urlSettingOf(name), `localhost:${String(ports.grpc)}`]));

/** `reputable.post.v1.PostService` is served by `post`. */
const nameOf = (contract: DescService) => contract.file.proto.package.split('.')[1] ?? '';
