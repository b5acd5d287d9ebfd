#!/usr/bin/env bash
# A hybrid Nest app serves rpcs before its onModuleInit and onApplicationBootstrap hooks have run
#
# Packages: @nestjs/core 12.5.1, @nestjs/microservices 12.1.1, @nestjs/platform-fastify 12.5.0, @grpc/grpc-js 1.14.7
# Expected: Nest runs the hooks of all modules before a handler can be called, as `createMicroservice(…).listen()` does. The documentation's order for
#           hybrid applications is `connectMicroservice`, `startAllMicroservices`, `listen`.
# Seen:     After `startAllMicroservices`, an rpc reaches its handler although no hook has run. The hooks run in `listen`.
# Matters:  A handler can use a provider before it has connected, loaded its keys or checked its settings. Call `await app.init()` before
#           `startAllMicroservices()`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' >package.json
npm install --no-audit --no-fund --loglevel=error --save-exact @nestjs/common@12.5.1 @nestjs/core@12.5.1 @nestjs/microservices@12.1.1 \
  @nestjs/platform-fastify@12.5.0 @grpc/grpc-js@1.14.7 @grpc/proto-loader@0.8.1 reflect-metadata@0.2.2 rxjs@7.8.2 >/dev/null

cat >hybrid.js <<'JS'
import 'reflect-metadata';
import { Client, credentials } from '@grpc/grpc-js';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GrpcMethod, Transport } from '@nestjs/microservices';
import { FastifyAdapter } from '@nestjs/platform-fastify';

const text = { serialize: (value) => Buffer.from(JSON.stringify(value)), deserialize: (bytes) => JSON.parse(bytes.toString()) };
const say = {
  path: '/echo.Echo/Say',
  requestStream: false,
  responseStream: false,
  originalName: 'say',
  ...{ requestSerialize: text.serialize, requestDeserialize: text.deserialize },
  ...{ responseSerialize: text.serialize, responseDeserialize: text.deserialize },
};

class Echo {
  hooks = [];
  onModuleInit() {
    this.hooks.push('onModuleInit');
  }
  onApplicationBootstrap() {
    this.hooks.push('onApplicationBootstrap');
  }
  say() {
    return { hooks: this.hooks };
  }
}
GrpcMethod('Echo', 'Say')(Echo.prototype, 'say', Object.getOwnPropertyDescriptor(Echo.prototype, 'say'));
Controller()(Echo);
class App {}
Module({ controllers: [Echo] })(App);

const PORT = 50000 + (process.pid % 10000);
const url = `127.0.0.1:${PORT}`;
const call = () =>
  new Promise((resolve, reject) => {
    const client = new Client(url, credentials.createInsecure());
    client.makeUnaryRequest(say.path, text.serialize, text.deserialize, {}, (error, answer) => {
      client.close();
      if (error) reject(error);
      else resolve(answer.hooks.join(' and ') || 'none');
    });
  });

const app = await NestFactory.create(App, new FastifyAdapter(), { logger: ['error'] });
app.connectMicroservice({ transport: Transport.GRPC, options: { package: 'echo', packageDefinition: { 'echo.Echo': { Say: say } }, url } });
if (process.argv[2] === 'init') await app.init();
await app.startAllMicroservices();
console.log(await call());
await app.listen(0);
console.log(await call());
process.exit(0);
JS

plain=$(node hybrid.js | paste -sd, -)
init=$(node hybrid.js init | paste -sd, -)
printf 'hooks that had run before an rpc, after startAllMicroservices and after listen: %s\nthe same with app.init() first: %s\n' "$plain" "$init"
if [ "$plain" = 'none,onModuleInit and onApplicationBootstrap' ] && [ "$init" = 'onModuleInit and onApplicationBootstrap,onModuleInit and onApplicationBootstrap' ]; then
  echo 'Finding confirmed.'
else
  echo 'The behaviour has changed.'
  exit 1
fi
