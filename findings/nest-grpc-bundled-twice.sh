#!/usr/bin/env bash
# A bundle of a Nest gRPC server has one grpc-js inside and loads a second one, which refuses the credentials of the first
#
# Packages: @nestjs/microservices 12.1.1, @grpc/grpc-js 1.14.7, rolldown 1.3.3
# Expected: A bundler puts one copy of @grpc/grpc-js into the bundle, or leaves it outside. The bundled server runs as the
#           unbundled one does.
# Seen:     Nest loads grpc-js by `createRequire(import.meta.url)`, which rolldown leaves in the output without a warning. So
#           the application's own import is bundled, and Nest's is resolved at run time. With node_modules beside the bundle,
#           the server does not listen: "creds must be a ServerCredentials object". Without node_modules, the process ends
#           without an error, if Nest's logger is off.
# Matters:  The build succeeds, and tests of the unbundled code pass. Keep grpc-js outside of the bundle, or replace Nest's
#           `createRequire` in the build.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' >package.json
npm install --no-audit --no-fund --loglevel=error --save-exact rolldown@1.3.3 @nestjs/common@12.5.1 @nestjs/core@12.5.1 \
  @nestjs/microservices@12.1.1 @grpc/grpc-js@1.14.7 @grpc/proto-loader@0.8.1 reflect-metadata@0.2.2 rxjs@7.8.2 >/dev/null

cat >echo.proto <<'PROTO'
syntax = "proto3";
package echo;
service Echo { rpc Say(Word) returns (Word); }
message Word { string text = 1; }
PROTO

cat >server.js <<'JS'
import 'reflect-metadata';
import { ServerCredentials } from '@grpc/grpc-js';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Transport } from '@nestjs/microservices';

class App {}
Module({})(App);

const app = await NestFactory.createMicroservice(App, {
  logger: false,
  transport: Transport.GRPC,
  options: { package: 'echo', protoPath: 'echo.proto', url: '127.0.0.1:0', credentials: ServerCredentials.createInsecure() },
});
const outcome = await app.listen().then(
  () => 'listens',
  (error) => `${error.name}: ${error.message}`,
);
console.log(outcome);
process.exit(0);
JS

cat >bundle.js <<'JS'
import { rolldown } from 'rolldown';

// The optional packages of Nest that are not installed.
const external = ['@nestjs/websockets/socket-module', '@nestjs/platform-express', 'class-transformer', 'class-validator'];
const warnings = [];
const bundle = await rolldown({ input: 'server.js', platform: 'node', external, onLog: (level, log) => warnings.push(log.message) });
await bundle.write({ dir: 'bundle', format: 'esm' });
console.log(`warnings about createRequire: ${warnings.filter((text) => /createRequire|grpc/.test(text)).length}`);
JS

plain=$(node server.js)
warned=$(node bundle.js)
bundled=$(node bundle/server.js)
alone=$(mktemp -d)
cp -r bundle/. echo.proto package.json "$alone"
without=$(cd "$alone" && node server.js 2>&1) && code=0 || code=$?
rm -rf "$alone"

printf 'the server as it is: %s\nthe build: %s\nthe bundle beside node_modules: %s\nthe bundle alone: "%s", exit code %s\n' \
  "$plain" "$warned" "$bundled" "$without" "$code"
if [ "$plain" = listens ] && [ "$bundled" = 'TypeError: creds must be a ServerCredentials object' ] && [ -z "$without" ]; then
  echo 'Finding confirmed.'
else
  echo 'The behaviour has changed.'
  exit 1
fi
