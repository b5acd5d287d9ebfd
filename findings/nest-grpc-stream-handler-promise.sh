#!/usr/bin/env bash
# A Nest handler of a client stream that awaits the end of the stream never answers
#
# Packages: @nestjs/microservices 12.1.1, @nestjs/core and @nestjs/common 12.5.1, @grpc/grpc-js 1.14.7, rxjs 7.8.2
# Expected: A @GrpcStreamMethod handler returns an Observable or a Promise, as every Nest handler may
#           (https://docs.nestjs.com/controllers). `await lastValueFrom(messages)` in an async handler waits for the last
#           message, and the client gets the result.
# Seen:     Nest buffers the request stream, so that slow guards lose no message, and completes it when it replays the
#           buffer. For a handler that returns a Promise it replays after the Promise is fulfilled. A handler that awaits
#           the end of the stream therefore waits for itself, and the client waits until its deadline. Nothing is logged.
#           The same code works if the handler returns the Observable, or a Promise of it.
# Matters:  An upload or a batch of events handled in an async method, the usual style in Nest, never answers. Unit tests
#           that call the method with `of(...)` pass.
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
service Probe { rpc Join(stream Text) returns (Text); }
PROTO

cat >probe.js <<'JS'
import 'reflect-metadata';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { credentials, loadPackageDefinition, Metadata, status } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GrpcStreamMethod, Transport } from '@nestjs/microservices';
import { lastValueFrom, map, toArray } from 'rxjs';

setTimeout(() => process.exit(2), 50_000).unref();
const joined = (messages) =>
  messages.pipe(
    map(({ text }) => text),
    toArray(),
    map((texts) => ({ text: texts.join(' ') })),
  );
const handlers = {
  'returns an Observable': (messages) => joined(messages),
  'returns a Promise of an Observable': async (messages) => joined(messages),
  'awaits all messages': async (messages) => lastValueFrom(joined(messages)),
};
let handler;
class ProbeController {
  join(messages) {
    return handlers[handler](messages);
  }
}
const descriptor = Object.getOwnPropertyDescriptor(ProbeController.prototype, 'join');
GrpcStreamMethod('Probe', 'Join')(ProbeController.prototype, 'join', descriptor);
Object.defineProperty(ProbeController.prototype, 'join', descriptor);
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
await new Promise((resolve, reject) => client.waitForReady(Date.now() + 5_000, (error) => (error ? reject(error) : resolve())));

/** Sends one, two and three with a pause between them, and returns what the client gets. */
async function answer(name, pauseMs) {
  handler = name;
  return new Promise((resolve) => {
    const call = client.Join(new Metadata(), { deadline: Date.now() + 2_000 }, (error, message) =>
      resolve(error ? status[error.code] : message.text),
    );
    void (async () => {
      for (const text of ['one', 'two', 'three']) {
        call.write({ text });
        if (pauseMs > 0) await sleep(pauseMs);
      }
      call.end();
    })();
  });
}
const seen = {};
for (const name of Object.keys(handlers)) seen[name] = { fast: await answer(name, 0), slow: await answer(name, 150) };
client.close();

console.log('The client sends one, two, three, and gets:');
for (const [name, { fast, slow }] of Object.entries(seen)) console.log(`  ${name}: ${fast} (fast client), ${slow} (slow client)`);
const results = Object.values(seen).flatMap(({ fast, slow }) => [fast, slow]);
const same =
  results.slice(0, 4).every((text) => text === 'one two three') && results.slice(4).every((text) => text === 'DEADLINE_EXCEEDED');
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
