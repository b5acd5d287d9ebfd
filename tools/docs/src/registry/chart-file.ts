import { peersOf, type RegisteredService, registry } from '@reputable/contracts/registry';
import type { Callers } from './callers.ts';

export const CHART_FILE = 'deploy/chart/files/services.yaml';
export const DATABASE_CHART_FILE = 'deploy/database-chart/files/databases.yaml';

/** The facts about all services that the Helm chart renders. */
export const chartFile = (callers: Callers): string =>
  [
    '# The services, from the registry, and their callers, from the contract. Written by `npm run docs`; do not edit.',
    'services:',
    ...registry.flatMap((service) => entry(service, callers.get(service.name) ?? [])),
    '',
  ].join('\n');

const entry = (service: RegisteredService, callers: readonly string[]): readonly string[] => [
  `  ${service.name}:`,
  ...(service.http === undefined ? [] : [`    http: ${service.http}`]),
  ...(service.grpc === undefined ? [] : [`    grpc: ${service.grpc}`]),
  `    database: ${String(service.database)}`,
  `    connectsTo: ${list(peersOf(service))}`,
  // In the order of the registry, so that a new rpc does not change it.
  `    callers: ${list(registry.map(({ name }) => name).filter((name) => callers.includes(name)))}`,
  `    secrets: ${list(service.secrets)}`,
];

const list = (names: readonly string[]) => `[${names.join(', ')}]`;

/** The services with a database, for the Helm chart of the databases. */
export const databaseChartFile = (): string =>
  [
    '# The services with a database, from the registry. Written by `npm run docs`; do not edit.',
    `databases: ${list(registry.filter(({ database }) => database).map(({ name }) => name))}`,
    '',
  ].join('\n');
