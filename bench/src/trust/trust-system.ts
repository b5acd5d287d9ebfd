import { type ServiceName, SERVICES } from '@reputable/contracts/registry';
import { startSystem, type System } from '@reputable/dev';
import { ServiceProcess, type StartedService } from '@reputable/dev/service-process';
import { root } from '@reputable/run/build';
import { freePort, PATIENT } from '@reputable/testing';
import { decodeProtectedHeader } from 'jose';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ask } from '../call-server.ts';
import type { Link } from './link.ts';
import type { Way } from './way.ts';

/** The module that gives a process the ways to trust, for `--import`. */
export const REPLACE = pathToFileURL(`${import.meta.dirname}/replace.js`).href;

/** Reputable from source, with a switch for the way to trust. */
export interface TrustSystem extends System {
  /** The port of auth's introspection. */
  readonly introspectionPort: string;
  /** Makes the gateway forward identities in this way. */
  readonly use: (way: Way) => Promise<void>;
  /** Starts a further gateway that forwards identities in this way. */
  readonly startGateway: (way: Way) => Promise<StartedService>;
  /** The credentials that a service receives while `act` runs, the newest last. */
  readonly watch: (service: ServiceName, act: () => Promise<unknown>) => Promise<readonly string[]>;
  /** The number of exchanges, introspections and requests for Transaction Tokens that auth has answered. */
  readonly callsToAuth: () => Promise<number>;
  /** A JWT with these claims by auth's own key, as a thief of the key signs it. */
  readonly forge: (claims: object) => Promise<string>;
  /** The id of auth's signing key. */
  readonly keyId: () => Promise<string>;
}

/** What a process answers. */
interface Answer {
  readonly arrived?: readonly string[];
  readonly calls?: number;
  readonly token?: string;
}

const NODE_OPTIONS = ['--import', '@reputable/run', '--import', REPLACE];

const programOf = (name: ServiceName) => join(root, `apps/${name}/src/main.ts`);

/** The ports of auth. */
export interface AuthPorts {
  readonly auth: number;
  readonly authHttp: number;
  readonly introspection: number;
}

/** Free ports for auth. */
export const authPorts = async (): Promise<AuthPorts> => ({
  auth: await freePort(),
  authHttp: await freePort(),
  introspection: await freePort(),
});

/**
 * Starts the system. A module of a bundle cannot be replaced, so the services run from source.
 *
 * @param link is between auth and the services, if given
 */
export async function startTrustSystem(ports?: AuthPorts, link?: Link): Promise<TrustSystem> {
  const { introspection, ...claimed } = ports ?? (await authPorts());
  const environment = (name: ServiceName): Record<string, string> => ({
    SERVICE: name,
    ...(name === 'gateway' && { TOKENS_INSIDE: 'txn' }),
    ...(link && name !== 'auth' ? settingsBehind(link, { introspection, ...claimed }) : { INTROSPECTION_PORT: String(introspection) }),
  });
  const system = await startSystem({
    ports: claimed,
    programOf,
    nodeOptions: ofEach(() => NODE_OPTIONS),
    // A busy machine may be slow. An outage behind a link is measured with the deadline of production.
    env: { all: { LOG_LEVEL: 'error', VOTES_PER_MINUTE: '0', ...(link === undefined && PATIENT) }, ...ofEach(environment) },
  });
  const tell = (name: ServiceName, message: object) => ask<Answer>((system.processes[name] as StartedService).child, message);
  return Object.assign(system, {
    introspectionPort: String(introspection),
    use: async (way: Way) => {
      await tell('gateway', { way });
    },
    startGateway: async (way: Way) => {
      const env = { ...system.environment('gateway'), PORT: String(await freePort()) };
      const gateway = await ServiceProcess.start({
        name: 'gateway',
        program: programOf('gateway'),
        nodeOptions: NODE_OPTIONS,
        env,
        log: () => undefined,
      });
      await ask<Answer>(gateway.child, { way });
      return gateway;
    },
    forge: async (claims: object) => (await tell('auth', { forge: claims })).token ?? '',
    keyId: async () => decodeProtectedHeader((await tell('auth', { forge: {} })).token ?? '').kid ?? '',
    watch: async (service: ServiceName, act: () => Promise<unknown>) => {
      await tell(service, { watch: true });
      await act();
      return (await tell(service, { watch: false })).arrived ?? [];
    },
    callsToAuth: async () => (await tell('auth', { calls: true })).calls ?? NaN,
  });
}

/** The settings of a service that reaches auth over a link. */
const settingsBehind = (link: Link, { auth, authHttp, introspection }: AuthPorts) => ({
  AUTH_URL: `localhost:${link.to(auth)}`,
  JWKS_URI: `http://localhost:${link.to(authHttp)}/.well-known/jwks.json`,
  INTROSPECTION_PORT: String(link.to(introspection)),
});

const ofEach = <T>(valueOf: (name: ServiceName) => T) =>
  Object.fromEntries(SERVICES.map((name) => [name, valueOf(name)])) as Record<ServiceName, T>;
