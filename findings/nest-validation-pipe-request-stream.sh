#!/usr/bin/env bash
# Nest's ValidationPipe replaces the request stream of a @GrpcStreamMethod by an empty copy
#
# Packages: @nestjs/microservices 12.1.1, @nestjs/core and @nestjs/common 12.5.1, class-validator 0.15.1,
#           class-transformer 0.5.1, @grpc/grpc-js 1.14.7, rxjs 7.8.2
# Expected: The pipe validates each message, or leaves the Observable alone. https://docs.nestjs.com/techniques/validation
#           recommends a global ValidationPipe, and https://docs.nestjs.com/microservices/grpc declares the parameter as
#           `messages: Observable<any>`.
# Seen:     TypeScript emits `Observable` as the parameter's type, and the pipe "transforms" the stream into that class. With
#           `transform: true` the handler gets an Observable that never emits: the client waits until its deadline, and
#           nothing is logged. With `whitelist: true` alone the handler gets a plain object and fails. A parameter declared
#           as `any` or `unknown` gets the stream, and its messages are not validated.
# Matters:  A service that adds its first client-streaming or bidirectional method finds that only this method hangs. Declare
#           the parameter as `unknown`, and validate each message in the handler.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' >package.json
npm install --no-audit --no-fund --loglevel=error --save-exact @nestjs/microservices@12.1.1 @nestjs/core@12.5.1 \
  @nestjs/common@12.5.1 class-validator@0.15.1 class-transformer@0.5.1 @grpc/grpc-js@1.14.7 @grpc/proto-loader@0.8.1 \
  rxjs@7.8.2 reflect-metadata@0.2.2 >/dev/null

cat >probe.proto <<'PROTO'
syntax = "proto3";
package probe;
message Text { string text = 1; }
service Probe { rpc Join(stream Text) returns (Text); }
PROTO

cat >probe.js <<'JS'
import 'reflect-metadata';
import { createServer } from 'node:net';
import { credentials, loadPackageDefinition, Metadata, status } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { Controller, Module, ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GrpcStreamMethod, Transport } from '@nestjs/microservices';
import { map, Observable, toArray } from 'rxjs';

setTimeout(() => process.exit(2), 50_000).unref();
const protoPath = new URL('probe.proto', import.meta.url).pathname;
const { Probe } = loadPackageDefinition(loadSync(protoPath)).probe;
const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/** What the client gets from a handler whose parameter has the type that TypeScript emits, behind the pipe. */
async function answer(parameterType, pipe) {
  class ProbeController {
    join(messages) {
      return messages.pipe(
        map(({ text }) => text),
        toArray(),
        map((texts) => ({ text: texts.join(' ') })),
      );
    }
  }
  Reflect.defineMetadata('design:paramtypes', [parameterType], ProbeController.prototype, 'join');
  const descriptor = Object.getOwnPropertyDescriptor(ProbeController.prototype, 'join');
  GrpcStreamMethod('Probe', 'Join')(ProbeController.prototype, 'join', descriptor);
  Object.defineProperty(ProbeController.prototype, 'join', descriptor);
  Controller()(ProbeController);
  class AppModule {}
  Module({ controllers: [ProbeController] })(AppModule);

  const url = `127.0.0.1:${await freePort()}`;
  const app = await NestFactory.createMicroservice(AppModule, {
    transport: Transport.GRPC,
    logger: false,
    options: { package: 'probe', protoPath, url },
  });
  if (pipe) app.useGlobalPipes(pipe);
  await app.listen();
  const client = new Probe(url, credentials.createInsecure());
  const result = await new Promise((resolve) => {
    const call = client.Join(new Metadata(), { deadline: Date.now() + 2_000 }, (error, message) =>
      resolve(error ? status[error.code] : message.text),
    );
    call.write({ text: 'hello' });
    call.write({ text: 'world' });
    call.end();
  });
  client.close();
  await app.close();
  return result;
}

const seen = {
  'messages: Observable, no pipe': await answer(Observable),
  'messages: Observable, new ValidationPipe({ transform: true })': await answer(Observable, new ValidationPipe({ transform: true })),
  'messages: Observable, new ValidationPipe({ whitelist: true })': await answer(Observable, new ValidationPipe({ whitelist: true })),
  'messages: unknown, new ValidationPipe({ transform: true })': await answer(Object, new ValidationPipe({ transform: true })),
};
console.log('The client sends "hello" and "world", and gets:');
for (const [setup, result] of Object.entries(seen)) console.log(`  ${result} (${setup})`);
const same = String(Object.values(seen)) === 'hello world,DEADLINE_EXCEEDED,UNKNOWN,hello world';
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
