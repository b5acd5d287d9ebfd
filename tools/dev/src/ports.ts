import { CliError } from '@reputable/cli';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { registry, type Service, type ServiceName } from '@reputable/contracts/registry';
import { holdFreePort } from '@reputable/postgres';

/** The port of each service: for gRPC, or for HTTP if it has no gRPC. A service with both has two ports. */
export type Ports = Readonly<Record<ServiceName | 'authHttp', number>>;

/** The name of a service's HTTP port among the ports. */
export const httpPortOf = ({ name, grpc }: Service) => (grpc === undefined ? name : `${name}Http`) as keyof Ports;

/** The setting of `npm start` for each port, and its default. */
export const PORT_SETTINGS = Object.fromEntries(registry.flatMap(portsOf)) as Readonly<
  Record<keyof Ports, readonly [setting: string, port: number]>
>;
const NAMES = Object.keys(PORT_SETTINGS) as (keyof Ports)[];

/**
 * Chooses a free port for each that is not given, or is 0.
 * @param patience how long to wait, in ms, for given ports that are taken
 * @throws {CliError} naming those that stay taken, and their settings
 */
export async function claimPorts(wanted: Partial<Ports> = {}, patience = 0): Promise<Ports> {
  const deadline = Date.now() + patience;
  for (;;) {
    // All held at once, so that no port is chosen twice.
    const held = await Promise.all(NAMES.map(async (name) => ({ name, ...(await (wanted[name] ? hold(wanted[name]) : holdFreePort())) })));
    for (const { server } of held) if (server) await new Promise((resolve) => server.close(resolve));
    const taken = held.filter(({ server }) => !server).map(({ name, port }) => `${String(port)} (${PORT_SETTINGS[name][0]})`);
    if (taken.length === 0) return Object.fromEntries(held.map(({ name, port }) => [name, port])) as unknown as Ports;
    if (Date.now() >= deadline) {
      throw new CliError(
        taken.length === 1
          ? `Port ${taken.join()} is taken. Stop what listens there, or give that setting another port.`
          : `Ports ${taken.join(', ')} are taken. Stop what listens there, or give those settings other ports.`,
      );
    }
    await sleep(100);
  }
}

function portsOf(service: Service): readonly (readonly [string, readonly [string, number]])[] {
  const { name, http, grpc } = service;
  const own = name.toUpperCase();
  return [
    ...(http === undefined ? [] : [[httpPortOf(service), [grpc === undefined ? 'PORT' : `${own}_HTTP_PORT`, http]] as const]),
    ...(grpc === undefined ? [] : [[name, [`${own}_GRPC_PORT`, grpc]] as const]),
  ];
}

async function hold(wanted: number): Promise<{ port: number; server?: Server }> {
  const server = createServer();
  try {
    await once(server.listen(wanted, '127.0.0.1'), 'listening');
    return { port: wanted, server };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') throw new CliError(`Port ${String(wanted)} is not for you to use.`);
    return { port: wanted };
  }
}
