import { CertificateWatch, type Client, openClient } from '@reputable/auth';
import { TRUST_DOMAIN } from '@reputable/contracts/registry';
import { PostService } from '@reputable/contracts/post/v1/post';
import { PATIENT } from '@reputable/testing';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { ask, carrying, placeCalls, startServer } from '../call-server.ts';
import type { HopMode } from './hop.server.ts';
import { REPLACE, type TrustSystem } from './trust-system.ts';

const CONCURRENCY = 16;

/** The deadline of a call, in milliseconds. On a busy machine, the default is too short for a chain. */
const CHAIN_DEADLINE_MS = 60_000;

/** The service whose certificate the server has. */
const SERVICE = 'post';

/** A server that passes calls on to itself, so that one process has the cost of all hops. */
export class Hops {
  private constructor(
    readonly server: ChildProcess,
    readonly client: Client<typeof PostService>,
    readonly certificate: CertificateWatch,
  ) {}

  /** Starts the server. */
  static async start({ pki, urls, ports, introspectionPort }: TrustSystem): Promise<Hops> {
    const [tlsFolder, auth] = [join(pki.dir, SERVICE), `localhost:${ports.auth}`];
    const mode: HopMode = { tlsFolder, issuer: urls.issuer, jwks: urls.jwks, auth, deadlineMs: CHAIN_DEADLINE_MS };
    const env = { ...process.env, ...PATIENT, SERVICE, TLS_DIR: tlsFolder, TRUST_DOMAIN, INTROSPECTION_PORT: introspectionPort };
    const { server, port } = await startServer('trust/hop.server.ts', { mode, imports: [REPLACE], env });
    const gateway = await CertificateWatch.open({ folder: join(pki.dir, 'gateway'), service: 'gateway', trustDomain: TRUST_DOMAIN });
    const { client } = openClient(
      { contract: PostService, service: SERVICE, url: `localhost:${port}`, deadlineMs: CHAIN_DEADLINE_MS },
      gateway,
    );
    return new Hops(server, client, gateway);
  }

  /** The server's CPU time of a call with so many hops, in microseconds. The credential is in use: its first call does not count. */
  async measure(authorization: string, hops: number, calls: number): Promise<number> {
    const call = () => this.client.getPost({ id: String(hops) });
    await carrying(authorization, call);
    const before = await this.#cpu();
    const placed = await carrying(authorization, () => placeCalls(calls, CONCURRENCY, call));
    return ((await this.#cpu()) - before) / placed;
  }

  async #cpu(): Promise<number> {
    return (await ask<{ cpu: number }>(this.server, {})).cpu;
  }

  stop(): void {
    this.server.disconnect();
    this.certificate.close();
  }
}
