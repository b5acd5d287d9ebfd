import { CliError, eventually } from '@reputable/cli';
import { registry, type Service, type ServiceName } from '@reputable/contracts/registry';
import { holdFreePort } from '@reputable/postgres';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/**
 * The port of each service: for gRPC, or for HTTP if it has no gRPC. A service with both has two ports, and so has the mailbox. The
 * outside provider, the collector and the authorization server in place of ours have one each.
 */
export type Ports = Readonly<Record<ServiceName | 'authHttp' | 'mailboxHttp' | 'mailboxSmtp' | 'provider' | 'collector' | 'realm', number>>;

/** The name of a service's HTTP port among the ports. */
export const httpPortOf = ({ name, grpc }: Service) => (grpc === undefined ? name : `${name}Http`) as keyof Ports;

/** The setting of `npm start` for each port, and its default. */
export const PORT_SETTINGS = Object.fromEntries([
  ...registry.flatMap((service) => {
    const { name, http, grpc } = service;
    const prefix = name.toUpperCase();
    const httpSetting = grpc === undefined ? 'PORT' : `${prefix}_HTTP_PORT`;
    return [
      ...(http === undefined ? [] : [[httpPortOf(service), [httpSetting, http]] as const]),
      ...(grpc === undefined ? [] : [[name, [`${prefix}_GRPC_PORT`, grpc]] as const]),
    ];
  }),
  ['mailboxHttp', ['MAILBOX_HTTP_PORT', 8025]],
  ['mailboxSmtp', ['MAILBOX_SMTP_PORT', 1025]],
  ['provider', ['PROVIDER_PORT', 3002]],
  ['collector', ['COLLECTOR_PORT', 4318]],
  ['realm', ['AUTHORIZATION_SERVER_PORT', 3003]],
]) as Readonly<Record<keyof Ports, readonly [setting: string, port: number]>>;

/**
 * Returns the wanted ports, and free ones for those that are not given or 0.
 *
 * @param timeoutMs how long to wait for wanted ports that are in use
 * @throws {CliError} naming the ports that stay in use, and their settings
 */
export async function claimPorts(wanted: Partial<Ports> = {}, timeoutMs = 0): Promise<Ports> {
  return eventually(async () => {
    // Holds all at once, so that no port is chosen twice.
    const held = await Promise.all((Object.keys(PORT_SETTINGS) as (keyof Ports)[]).map((name) => hold(name, wanted[name])));
    for (const { server } of held) if (server) await new Promise((resolve) => server.close(resolve));
    const inUse = held.filter(({ server }) => !server);
    if (inUse.length > 0) throw new CliError(inUse.map(({ name, port }) => complaint(name, port)).join(' '));
    return Object.fromEntries(held.map(({ name, port }) => [name, port])) as unknown as Ports;
  }, timeoutMs);
}

const complaint = (name: keyof Ports, port: number) => `Port ${String(port)} is in use. Set ${PORT_SETTINGS[name][0]} to another one.`;

async function hold(name: keyof Ports, wanted: number | undefined): Promise<{ name: keyof Ports; port: number; server?: Server }> {
  if (!wanted) return { name, ...(await holdFreePort()) };
  const server = createServer();
  try {
    await once(server.listen(wanted, '127.0.0.1'), 'listening');
    return { name, port: wanted, server };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') return { name, port: wanted };
    throw new CliError(`Cannot listen on port ${String(wanted)}: permission denied. Set ${PORT_SETTINGS[name][0]} to 1024 or more.`);
  }
}
