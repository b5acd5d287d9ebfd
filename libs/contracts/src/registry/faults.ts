import type { Service } from './services.ts';
import { startOrder } from './start-order.ts';

const FILE = 'libs/contracts/src/registry/services.ts';

/** The faults of a registry, one line each. */
export function registryFaults(services: readonly Service[]): readonly string[] {
  const names = services.map(({ name }) => name);
  const duplicates = new Set(names.filter((name, index) => names.indexOf(name) < index));
  const faults = [
    ...[...duplicates].map((name) => `two services are named ${name}. Rename one of them.`),
    ...sharedPorts(services),
    ...services.flatMap(({ name, calls, informs }) => [
      ...unknownPeers(name, 'calls', calls, names),
      ...unknownPeers(name, 'informs', informs, names),
    ]),
  ];
  return (faults.length > 0 ? faults : cycles(services)).map((fault) => `${FILE}: ${fault}`);
}

const unknownPeers = (name: string, verb: 'calls' | 'informs', peers: readonly string[], names: readonly string[]): readonly string[] =>
  peers
    .filter((peer) => !names.includes(peer))
    .map((peer) => `${name} ${verb} ${peer}, which is not a service. The services are ${names.join(', ')}.`);

function sharedPorts(services: readonly Service[]): readonly string[] {
  const ports = services.flatMap(({ name, http, grpc }) => [http, grpc].flatMap((port) => (port === undefined ? [] : [{ name, port }])));
  return [...Map.groupBy(ports, ({ port }) => port)].flatMap(([port, owners]) =>
    owners.length < 2 ? [] : [`port ${port} is listed twice, for ${owners.map(({ name }) => name).join(' and ')}. Change one of them.`],
  );
}

function cycles(services: readonly Service[]): readonly string[] {
  try {
    startOrder(services);
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}
