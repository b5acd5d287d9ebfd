import { registry } from '@reputable/contracts/registry';

const ports = registry.flatMap(({ name, http, grpc }) => [http, grpc].flatMap((port) => (port === undefined ? [] : [{ name, port }])));

/**
 * The port of a new service: the wanted one, or else the next one.
 *
 * @throws {Error} in one line if the service cannot have the wanted port
 */
export function portFor(wanted?: number): number {
  const next = Math.max(...ports.map(({ port }) => port)) + 1;
  if (wanted === undefined) return next;
  if (!Number.isInteger(wanted) || wanted < 1024 || wanted > 65_535) {
    throw new Error(`--port ${wanted} is not a port. Choose one from 1024 to 65535.`);
  }
  const owner = ports.find(({ port }) => port === wanted);
  if (owner) throw new Error(`Port ${wanted} belongs to ${owner.name}. Choose another one, or omit --port: ${next} is free.`);
  return wanted;
}
