import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { ComposeError } from './error.ts';

/** The settings that say which ports of this machine are published. */
export const PORTS = ['PORT', 'AUTH_HTTP_PORT'] as const;

/**
 * The ports to publish: those that are set, and free ones for the others.
 *
 * @throws {ComposeError} if one that is set is taken
 */
export async function claimPorts(env: NodeJS.ProcessEnv): Promise<Record<(typeof PORTS)[number], string>> {
  // All held at once, so that no port is chosen twice.
  const held = await Promise.all(PORTS.map((name) => hold(name, Number(env[name] ?? 0))));
  for (const { server } of held) server?.close();
  const taken = held.find(({ server }) => !server);
  if (taken) throw new ComposeError(`Port ${String(taken.port)} is taken. Stop what listens there, or set ${taken.name} to another.`);
  return Object.fromEntries(held.map(({ name, port }) => [name, String(port)])) as Record<(typeof PORTS)[number], string>;
}

async function hold(name: string, wanted: number): Promise<{ name: string; port: number; server?: Server }> {
  const server = createServer().listen(wanted, '127.0.0.1');
  try {
    await once(server, 'listening');
    return { name, server, port: (server.address() as AddressInfo).port };
  } catch {
    return { name, port: wanted };
  }
}
