#!/usr/bin/env bash
# A unary gRPC handler whose Observable emits twice in one tick never answers
#
# Packages: @nestjs/microservices 12.1.1, @nestjs/core and @nestjs/common 12.5.1, @grpc/grpc-js 1.14.7, rxjs 7.8.2
# Expected: Nest answers with the first value or with the last one, or fails the call. Nest answers an HTTP request with the
#           last value (`lastValueFrom`), and https://docs.nestjs.com/microservices/grpc allows a handler to return an
#           Observable.
# Seen:     Two values in one tick: the client gets no answer and waits until its deadline. Two values some milliseconds
#           apart: the client gets the first. No value (`EMPTY`): the client waits until its deadline. Nothing is logged.
# Matters:  `concat(cached, fresh)`, `startWith` and `filter` in a handler are common. Whether such a handler answers then
#           depends on timing: a warm cache turns a slow answer into none. Add `first()` or `last()`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' >package.json
npm install --no-audit --no-fund --loglevel=error --save-exact @nestjs/microservices@12.1.1 @nestjs/core@12.5.1 \
  @nestjs/common@12.5.1 @grpc/grpc-js@1.14.7 @grpc/proto-loader@0.8.1 rxjs@7.8.2 reflect-metadata@0.2.2 >/dev/null

cat >probe.proto <<'PROTO'
syntax = "proto3";
package probe;
message Text { string text = 1; }
service Probe { rpc Read(Text) returns (Text); }
PROTO

cat >probe.js <<'JS'
import 'reflect-metadata';
import { createServer } from 'node:net';
import { credentials, loadPackageDefinition, status } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GrpcMethod, Transport } from '@nestjs/microservices';
import { concat, delay, EMPTY, of } from 'rxjs';

setTimeout(() => process.exit(2), 40_000).unref();
const handlers = {
  one: () => of({ text: 'cached' }),
  apart: () => concat(of({ text: 'cached' }), of({ text: 'fresh' }).pipe(delay(100))),
  together: () => of({ text: 'cached' }, { text: 'fresh' }),
  none: () => EMPTY,
};
class ProbeController {
  read({ text }) {
    return handlers[text]();
  }
}
GrpcMethod('Probe', 'Read')(ProbeController.prototype, 'read', Object.getOwnPropertyDescriptor(ProbeController.prototype, 'read'));
Controller()(ProbeController);
class AppModule {}
Module({ controllers: [ProbeController] })(AppModule);

const port = await new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port: free } = server.address();
    server.close(() => resolve(free));
  });
});
const protoPath = new URL('probe.proto', import.meta.url).pathname;
const app = await NestFactory.createMicroservice(AppModule, {
  transport: Transport.GRPC,
  logger: ['error', 'warn'],
  options: { package: 'probe', protoPath, url: `127.0.0.1:${port}` },
});
await app.listen();

const { Probe } = loadPackageDefinition(loadSync(protoPath)).probe;
const client = new Probe(`127.0.0.1:${port}`, credentials.createInsecure());
const read = (text) =>
  new Promise((resolve) =>
    client.Read({ text }, { deadline: Date.now() + 2_000 }, (error, answer) => resolve(error ? status[error.code] : answer.text)),
  );
const seen = {};
for (const name of Object.keys(handlers)) seen[name] = await read(name);
client.close();

console.log('One value:                    ', seen.one);
console.log('Two values, 100 ms apart:     ', seen.apart);
console.log('Two values in one tick:       ', seen.together);
console.log('No value:                     ', seen.none);
const same = seen.one === 'cached' && seen.apart === 'cached' && seen.together === 'DEADLINE_EXCEEDED' && seen.none === 'DEADLINE_EXCEEDED';
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
