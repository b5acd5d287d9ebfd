import { registry, urlSettingOf } from '@reputable/contracts/registry';
import type { Setting } from '../settings.ts';

const INTRODUCTION = `# Every setting of every app, with its default or an example. Written by \`npm run docs\`; do not edit. No program reads this file: \`npm start\`
# sets what the services need, and in production each service gets its own block from your store of settings and secrets.
#
#   NAME=example     required
#   #NAME=default    optional
#
# A file can hold the value of any setting: NAME_FILE names it, as in DATABASE_URL_FILE=/run/secrets/database-url. Use that for secrets.
#
# A service that finds settings missing or wrong names all of them, and exits with code 1.
`;

interface Example {
  readonly value: string;
  /** What the docstring in config.ts does not say. */
  readonly note?: string;
}

/** The settings whose default is no example. */
const EXAMPLES: Readonly<Record<string, Example>> = {
  TLS_DIR: { value: '/run/tls' },
  ISSUER: { value: 'https://auth.example.com' },
  JWKS_URI: { value: 'https://auth.example.com/.well-known/jwks.json' },
  OTEL_EXPORTER_OTLP_ENDPOINT: { value: 'http://localhost:4318' },
  OTEL_EXPORTER_OTLP_HEADERS: { value: 'api-key=value' },
  OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: { value: 'http://localhost:4318/v1/metrics' },
  METRICS_PORT: { value: '9464' },
  PUBLIC_URL: { value: 'https://example.com' },
  AUTHORIZATION_SERVER_URL: { value: 'https://auth.internal/oidc' },
  AUTHORIZATION_SERVER: { value: 'https://sso.example.com/realms/acme' },
  AUTHORIZATION_SERVER_CLIENT_SECRET: { value: 'aBcDeFgHiJkLmNoPqRsTuVwXyZ012345' },
  AUTHORIZATION_SERVER_AUDIENCE: { value: 'https://api.example.com' },
  AUTHORIZATION_SERVER_RESOURCE: { value: 'https://api.example.com/graphql' },
  TLS_PORT: {
    value: '3443',
    note: 'Services trust its certificate by NODE_EXTRA_CA_CERTS=<TLS_DIR>/ca.crt, and follow changes of its roots.',
  },
  KEY_ENCRYPTION_KEY: {
    value: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=',
    note: 'Make it with `openssl rand -base64 32`. Without it the service does not start until the table signing_key is emptied; it then makes new keys, and clients have to refresh.',
  },
  OIDC_CLIENT_SECRET: {
    value: 'AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=',
    note: 'auth and gateway need the same one. Make it with `openssl rand -base64 32`.',
  },
  SESSION_ENCRYPTION_KEY: { value: 'AgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fICE=', note: 'Make it with `openssl rand -base64 32`.' },
  SMTP_URL: { value: 'smtps://user:password@smtp.example.com' },
  SMTP_WITHOUT_TLS: { value: 'mailbox' },
  MAIL_FROM: { value: 'Reputable <no-reply@example.com>' },
  LIMIT_LOG_IN: { value: '5/900', note: 'Limits are attempts/seconds, from 1/1 to 1000000/86400.' },
};

/** .env.example: a block for `npm start`, then one for each app. A comment that several blocks share is in the first one only. */
export function envExample(apps: ReadonlyMap<string, readonly Setting[]>, launcher: readonly Setting[]): string {
  const shown = new Set<string>();
  const block = (title: string, settings: readonly Setting[]) =>
    [`# == ${title} ==`, '', ...settings.flatMap((setting) => linesOf(setting, exampleOf(title, setting), shown)), ''].join('\n');
  return [INTRODUCTION, block('npm start', launcher), ...registry.map(({ name }) => block(name, apps.get(name) ?? []))].join('\n');
}

/** The settings without an example that need one. */
export const withoutExample = (apps: ReadonlyMap<string, readonly Setting[]>): readonly string[] =>
  [...apps].flatMap(([app, settings]) =>
    settings
      .filter((setting) => setting.required && exampleOf(app, setting) === undefined)
      .map(
        ({ name }) =>
          `apps/${app}/src/config.ts: ${name} has no example for .env.example. Add one in tools/docs/src/registry/env-example.ts.`,
      ),
  );

function exampleOf(app: string, { name }: Setting): Example | undefined {
  if (name === 'DATABASE_URL') return { value: `postgres://${app}:secret@localhost:5432/${app}` };
  const peer = registry.find((each) => urlSettingOf(each.name) === name && each.grpc !== undefined);
  return peer ? { value: `dns:///${peer.name}:${String(peer.grpc)}` } : EXAMPLES[name];
}

function linesOf({ name, what, preset, required }: Setting, example: Example | undefined, shown: Set<string>): readonly string[] {
  const { value = preset ?? '', note } = example ?? {};
  const comment = `${what} ${note ?? ''}`.trim();
  const isNew = !shown.has(`${name} ${comment}`);
  shown.add(`${name} ${comment}`);
  return [...(isNew ? wrapped(comment) : []), `${required ? '' : '#'}${name}=${value}`];
}

/** A text as comments of at most 140 characters a line. */
const wrapped = (text: string): readonly string[] => text.match(/.{1,138}(?=\s|$)\s?/g)?.map((line) => `# ${line.trimEnd()}`) ?? [];
