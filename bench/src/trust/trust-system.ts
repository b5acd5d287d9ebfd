import { type ServiceName, SERVICES } from '@reputable/contracts/registry';
import { startSystem, type System } from '@reputable/dev';
import type { StartedService } from '@reputable/dev/service-process';
import { root } from '@reputable/run/build';
import { freePort } from '@reputable/testing';
import { decodeProtectedHeader } from 'jose';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ask } from '../call-server.ts';
import type { Way } from './way.ts';

/** The module that gives a process the ways to trust, for `--import`. */
export const REPLACE = pathToFileURL(`${import.meta.dirname}/replace.js`).href;

/** Reputable from source, with a switch for the way to trust. */
export interface TrustSystem extends System {
  /** The port of auth's introspection. */
  readonly introspectionPort: string;
  /** Makes the gateway forward identities in this way. */
  readonly use: (way: Way) => Promise<void>;
  /** The number of exchanges and introspections that auth has answered. */
  readonly callsToAuth: () => Promise<number>;
  /** A JWT with these claims by auth's own key, as a thief of the key signs it. */
  readonly forge: (claims: object) => Promise<string>;
  /** The id of auth's signing key. */
  readonly keyId: () => Promise<string>;
}

/** What a process answers. */
interface Answer {
  readonly calls?: number;
  readonly token?: string;
}

/** Starts the system. A module of a bundle cannot be replaced, so the services run from source. */
export async function startTrustSystem(): Promise<TrustSystem> {
  const port = String(await freePort());
  const environment = (name: ServiceName) => ({ SERVICE: name, INTROSPECTION_PORT: port });
  const system = await startSystem({
    programOf: (name) => join(root, `apps/${name}/src/main.ts`),
    nodeOptions: ofEach(() => ['--import', '@reputable/run', '--import', REPLACE]),
    env: { all: { LOG_LEVEL: 'error', VOTES_PER_MINUTE: '0' }, ...ofEach(environment) },
  });
  const tell = (name: ServiceName, message: object) => ask<Answer>((system.processes[name] as StartedService).child, message);
  return Object.assign(system, {
    introspectionPort: port,
    use: async (way: Way) => {
      await tell('gateway', { way });
    },
    forge: async (claims: object) => (await tell('auth', { forge: claims })).token ?? '',
    keyId: async () => decodeProtectedHeader((await tell('auth', { forge: {} })).token ?? '').kid ?? '',
    callsToAuth: async () => (await tell('auth', { calls: true })).calls ?? NaN,
  });
}

const ofEach = <T>(valueOf: (name: ServiceName) => T) =>
  Object.fromEntries(SERVICES.map((name) => [name, valueOf(name)])) as Record<ServiceName, T>;
