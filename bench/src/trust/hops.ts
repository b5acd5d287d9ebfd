import { AuthenticatedUser, CertificateWatch, type Client, openClient, runInCall } from '@reputable/auth';
import { TRUST_DOMAIN } from '@reputable/contracts/registry';
import { UserService } from '@reputable/contracts/user/v1/user';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HopMode } from './hop.server.ts';
import { REPLACE, type TrustSystem } from './trust-system.ts';

const SERVER = fileURLToPath(new URL('hop.server.ts', import.meta.url));
const CONCURRENCY = 16;

/** A server that passes calls on to itself, so that one process has the cost of all hops. */
export class Hops {
  private constructor(
    readonly server: ChildProcess,
    readonly client: Client<typeof UserService>,
  ) {}

  /** Starts the server with the certificate of the user service. */
  static async start(system: TrustSystem): Promise<Hops> {
    const mode: HopMode = { tlsFolder: join(system.pki.dir, 'user'), issuer: system.urls.issuer, jwks: system.urls.jwks };
    const [, introspectionPort = ''] = system.introspection.split(':');
    const env = { ...process.env, SERVICE: 'user', TLS_DIR: mode.tlsFolder, TRUST_DOMAIN, INTROSPECTION_PORT: introspectionPort };
    const server = spawn(process.execPath, ['--import', '@reputable/run', '--import', REPLACE, SERVER, JSON.stringify(mode)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env,
    });
    const died = once(server, 'exit').then(() => Promise.reject(new Error('The server exited before it was ready.')));
    const [{ port }] = (await Promise.race([once(server, 'message'), died])) as [{ port: number }];
    died.catch(() => undefined);
    const gateway = await CertificateWatch.open({ folder: join(system.pki.dir, 'gateway'), service: 'gateway', trustDomain: TRUST_DOMAIN });
    const { client } = openClient({ contract: UserService, service: 'user', url: `localhost:${port}` }, gateway);
    return new Hops(server, client);
  }

  /** The server's CPU time of a call with so many hops, in microseconds. */
  async measure(authorization: string, hops: number, calls: number): Promise<number> {
    const user = new AuthenticatedUser({ id: '', roles: [], reputation: 1, scopes: [] });
    const token = { authorization, issuedAt: 0, expiresAt: Infinity, freshUntil: Infinity, user };
    let placed = 0;
    const worker = async () => {
      for (; placed < calls; placed += 1) await this.client.getUser({ id: String(hops) });
    };
    const before = await this.#cpu();
    const work = () => Promise.all(Array.from({ length: CONCURRENCY }, worker));
    await runInCall({ user, peer: undefined, token, deadline: Infinity }, work);
    return ((await this.#cpu()) - before) / placed;
  }

  async #cpu(): Promise<number> {
    const answer = once(this.server, 'message') as Promise<[{ cpu: number }]>;
    this.server.send('usage');
    return (await answer)[0].cpu;
  }

  stop(): void {
    this.server.disconnect();
  }
}
