import type { DescService } from '@bufbuild/protobuf';
import { Caller, CertificateWatch, channelCredentials, type Client, openClient, runInCall } from '@reputable/auth';
import { TestIssuer, type TestUser } from '@reputable/auth/testing';
import { type Authority, openAuthority } from '@reputable/pki';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningService, startProcess } from './service-process.ts';
import { createTestDatabase } from './test-database.ts';

/** On whose behalf a call is placed, and by which service. */
export interface As {
  /** Nobody is signed in, unless this is given. */
  readonly user?: TestUser | undefined;
  /** A token in place of one made for the user. */
  readonly token?: string | undefined;
  /** The service whose certificate the call shows: the gateway's, unless this is given. */
  readonly service?: string | undefined;
}

const TRUST_DOMAIN = 'reputable.local';

/**
 * A world for services to be tested in: a certificate authority, an issuer of tokens, and a database for each.
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
  readonly #watches = new Map<string, Promise<CertificateWatch>>();
  readonly #closers: (() => void)[] = [];

  private constructor(
    readonly folder: string,
    readonly authority: Authority,
    readonly issuer: TestIssuer,
  ) {}

  static async create(): Promise<TestWorld> {
    const folder = await mkdtemp(join(tmpdir(), 'reputable-test-'));
    return new TestWorld(folder, await openAuthority(folder), await TestIssuer.start());
  }

  /** Starts a service in this world, on free ports, with an empty database; `env` adds to or replaces its settings. */
  async start(name: string, env: Record<string, string> = {}): Promise<RunningService> {
    const settings = { ...(await this.settings(name)), ...env };
    const service = await startProcess(name, settings);
    this.#services.push(service);
    return Object.assign(service, { databaseUrl: settings.DATABASE_URL, settings });
  }

  /** The settings with which a service runs in this world. */
  async settings(name: string): Promise<Record<string, string>> {
    await this.authority.issue(name);
    return {
      GRPC_PORT: '0',
      TLS_DIR: join(this.folder, name),
      ISSUER: this.issuer.url,
      JWKS_URI: `${this.issuer.url}/.well-known/jwks.json`,
      ...(name === 'gateway' ? {} : { DATABASE_URL: await createTestDatabase(name) }),
      ...(name === 'gateway' || name === 'auth' ? { PORT: '0' } : {}),
      ...(name === 'auth' ? { KEY_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64') } : {}),
    };
  }

  /** A client of a running service. Each of its methods places one call, as whom it is told. */
  async client<S extends DescService>(contract: S, { ports }: Pick<RunningService, 'ports'>, as: As = {}): Promise<Client<S>> {
    const credentials = channelCredentials(await this.certificate(as.service ?? 'gateway'), nameOf(contract), TRUST_DOMAIN);
    const url = `localhost:${String(ports.grpc)}`;
    const { client, close } = openClient({ contract, service: nameOf(contract), url }, credentials);
    this.#closers.push(close);
    const token = as.token ?? (as.user && (await this.issuer.tokenFor(as.user)));
    const context = { user: token === undefined ? undefined : verified(token), service: undefined, deadline: Infinity };
    const methods = Object.entries<(request: never) => Promise<unknown>>(client);
    return Object.fromEntries(
      methods.map(([name, call]) => [name, (request: never) => runInCall(context, () => call(request))]),
    ) as Client<S>;
  }

  /** The certificate of a service of this world. */
  certificate(service: string): Promise<CertificateWatch> {
    let watch = this.#watches.get(service);
    if (!watch) {
      const folder = join(this.folder, 'clients', service);
      watch = this.authority.issue(service, folder).then(() => new CertificateWatch(folder, service, TRUST_DOMAIN));
      this.#watches.set(service, watch);
    }
    return watch;
  }

  /** Ends everything that was started. */
  async end(): Promise<void> {
    for (const close of this.#closers) close();
    for (const watch of this.#watches.values()) (await watch).close();
    await Promise.all(this.#services.map((service) => service.stop()));
    await this.issuer.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** `reputable.post.v1.PostService` is served by `post`. */
const nameOf = (contract: DescService) => contract.file.proto.package.split('.')[1] ?? '';

/** The client only carries the token; who it is for is for the server to find out. */
function verified(token: string) {
  const nobody = { id: randomUUID(), roles: [], reputation: 1, scopes: [], sessionId: '', clientId: '' };
  return { token, expiresAt: Infinity, caller: new Caller(nobody) };
}
