import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { ComposeError } from './error.ts';

/** The settings that say which ports of this machine are published. */
export const PORTS = ['PORT', 'AUTH_HTTP_PORT'] as const;

/**
 * The ports to publish: those that are set, and free ones for the others.
 *
 * @throws {ComposeError} if one that is set is taken
 */
export async function claimPorts(env: NodeJS.ProcessEnv): Promise<Record<(typeof PORTS)[number], string>> {
  const held = await Promise.all(PORTS.map((name) => hold(name, Number(env[name] ?? 0))));
  for (const { server } of held) server.close();
  return Object.fromEntries(held.map(({ name, port }) => [name, String(port)])) as Record<(typeof PORTS)[number], string>;
}

async function hold(name: string, wanted: number) {
  const server = createServer().listen(wanted, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    throw new ComposeError(`Port ${String(wanted)} is taken. Stop what listens there, or set ${name} to another.`);
  }
  return { name, server, port: (server.address() as AddressInfo).port };
}
