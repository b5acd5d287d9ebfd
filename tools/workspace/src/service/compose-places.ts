import { block, item, line, type Mention } from './mention.ts';
import type { Service } from './render.ts';

const FILE = 'docker-compose.yml';
const name = ({ name }: Service) => name;

/** Where docker-compose.yml names a service: what is provided for it before it starts, the service, and the gateway, which calls it. */
export const composePlaces: readonly Mention[] = [
  item(FILE, /(PROJECT: tools\/provision )(apps\/[^\n]*)/, ({ name }) => `apps/${name}`, ' '),
  item(FILE, /(node, \., certificates, )(\w[^\]]*)/, name),
  item(FILE, /(node, \., certificates, --keep, )([^\]]*)/, name),
  item(FILE, /(node, \., migrate, )([^\]]*)/, name),
  line(FILE, /^ {4}- \w+:\/run\/reputable\/\w+$/, ({ name }) => `    - ${name}:/run/reputable/${name}`),
  line(FILE, /^ {6}- \w+\/\w+=\w+$/, ({ name }) => `      - ${name}/DATABASE_URL=database`),
  block(FILE, { heading: ({ name }) => `  ${name}:`, body, next: /^ {0,2}\w/m, before: /^ {2}gateway:\n {4}</m }),
  line(FILE, /^ {6}\w+_URL: dns:/, ({ name, NAME, port }) => `      ${NAME}_URL: dns:///${name}:${port}`, { last: true }),
  line(FILE, /^ {6}\w+: \{ condition: service_healthy \}$/, ({ name }) => `      ${name}: { condition: service_healthy }`, { last: true }),
  line(FILE, /^ {2}(?!data:)\w+:$/, ({ name }) => `  ${name}:`, { last: true }),
];

function body({ name, port }: Service): string {
  return `    <<: *service
    image: reputable/${name}
    build: { <<: *build, args: { <<: *build-args, PROJECT: apps/${name} } }
    environment:
      <<: *settings-with-database
      AUTH_URL: dns:///auth:50051
    volumes: ['${name}:/run/reputable:ro']
    networks: [services, data]
    healthcheck:
      <<: *health
      test: [CMD, node, libs/service/src/health-check.js, '${port}', /run/reputable]
    depends_on:
      migrate: { condition: service_completed_successfully }
`;
}
