import { entryOf, peersOf, type RegisteredService, registry, urlSettingOf } from '@reputable/contracts/registry';
import { withRegion } from './region.ts';

export const COMPOSE_FILE = 'docker-compose.yml';

/** docker-compose.yml with its generated regions as the registry says. */
export function composeFile(text: string): string {
  const names = registry.map(({ name }) => name);
  const regions: readonly (readonly [name: string, lines: readonly string[]])[] = [
    ['folders', names.map((name) => `    - ${name}:/run/reputable/${name}`)],
    [
      'projects',
      [`        PROJECT: tools/provision ${registry.flatMap(({ name, database }) => (database ? [`apps/${name}`] : [])).join(' ')}`],
    ],
    ['environment of auth', environment(entryOf('auth'))],
    ['services', registry.filter(({ http }) => http === undefined).flatMap(block)],
    ['environment of gateway', environment(entryOf('gateway'))],
    ['dependencies of gateway', entryOf('gateway').calls.map((name) => `      ${name}: { condition: service_healthy }`)],
    ['volumes', names.map((name) => `  ${name}:`)],
  ];
  return regions.reduce((result, [name, lines]) => withRegion(COMPOSE_FILE, result, name, lines), text);
}

const environment = (service: RegisteredService): readonly string[] => [
  ...service.secrets.map((secret) => `      ${secret}_FILE: /run/reputable/${secret}`),
  ...peersOf(service).map((peer) => `      ${urlSettingOf(peer)}: dns:///${peer}:${String(entryOf(peer).grpc)}`),
];

/** A service that only other services call. */
const block = (service: RegisteredService): readonly string[] => [
  `  ${service.name}:`,
  '    <<: *service',
  `    image: reputable/${service.name}`,
  `    build: { <<: *build, args: { <<: *build-args, PROJECT: apps/${service.name} } }`,
  '    environment:',
  `      <<: *settings${service.database ? '-with-database' : ''}`,
  ...environment(service),
  `    volumes: ['${service.name}:/run/reputable:ro']`,
  `    networks: [services${service.database ? ', data' : ''}]`,
  '    healthcheck:',
  '      <<: *health',
  `      test: [CMD, node, apps/${service.name}/src/health-check.js, '${String(service.grpc)}', /run/reputable]`,
  '    depends_on:',
  '      migrate: { condition: service_completed_successfully }',
  '',
];
