import { CertificateWatch, type Client, openClient } from '@reputable/auth';
import { TRUST_DOMAIN } from '@reputable/contracts/registry';
import { UserService } from '@reputable/contracts/user/v1/user';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { ask, carrying, placeCalls, startServer } from '../call-server.ts';
import type { HopMode } from './hop.server.ts';
import { REPLACE, type TrustSystem } from './trust-system.ts';

const CONCURRENCY = 16;

/** A server that passes calls on to itself, so that one process has the cost of all hops. */
export class Hops {
  private constructor(
    readonly server: ChildProcess,
    readonly client: Client<typeof UserService>,
  ) {}

  /** Starts the server with the certificate of the user service. */
  static async start({ pki, urls, introspectionPort }: TrustSystem): Promise<Hops> {
    const mode: HopMode = { tlsFolder: join(pki.dir, 'user'), issuer: urls.issuer, jwks: urls.jwks };
    const env = { ...process.env, SERVICE: 'user', TLS_DIR: mode.tlsFolder, TRUST_DOMAIN, INTROSPECTION_PORT: introspectionPort };
    const { server, port } = await startServer('trust/hop.server.ts', { mode, imports: [REPLACE], env });
    const gateway = await CertificateWatch.open({ folder: join(pki.dir, 'gateway'), service: 'gateway', trustDomain: TRUST_DOMAIN });
    const { client } = openClient({ contract: UserService, service: 'user', url: `localhost:${port}` }, gateway);
    return new Hops(server, client);
  }

  /** The server's CPU time of a call with so many hops, in microseconds. */
  async measure(authorization: string, hops: number, calls: number): Promise<number> {
    const before = await this.#cpu();
    const call = () => this.client.getUser({ id: String(hops) });
    const placed = await carrying(authorization, () => placeCalls(calls, CONCURRENCY, call));
    return ((await this.#cpu()) - before) / placed;
  }

  async #cpu(): Promise<number> {
    return (await ask<{ cpu: number }>(this.server, {})).cpu;
  }

  stop(): void {
    this.server.disconnect();
  }
}
