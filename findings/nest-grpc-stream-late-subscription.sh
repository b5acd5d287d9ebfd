#!/usr/bin/env bash
# A Nest handler that subscribes to a client stream after a check loses the messages that came before
#
# Packages: @nestjs/microservices 12.1.1, @nestjs/core and @nestjs/common 12.5.1, @grpc/grpc-js 1.14.7, rxjs 7.8.2
# Expected: Nest keeps the messages until the handler subscribes. It does so while a guard runs ("buffer messages that come
#           before handler is executed", a comment in its server-grpc.ts), and
#           https://docs.nestjs.com/microservices/grpc does not limit when a handler subscribes.
# Seen:     Nest replays the buffer once, right after the handler has returned. A handler that returns
#           `defer(check).pipe(concatMap(() => messages))` subscribes later and gets only what arrives later: of a fast
#           client nothing, and the call ends with OK. The same check in a guard loses nothing.
# Matters:  A handler that looks up the user's token or rights before it reads the stream drops the first messages of every
#           call, more of them for faster clients. Subscribe at once, into a `ReplaySubject`, and check then.
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
import { Controller, Module, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GrpcStreamMethod, Transport } from '@nestjs/microservices';
import { concatMap, defer, map, ReplaySubject, toArray } from 'rxjs';

setTimeout(() => process.exit(2), 50_000).unref();
const joined = (messages) =>
  messages.pipe(
    map(({ text }) => text),
    toArray(),
    map((texts) => ({ text: texts.join(' ') })),
  );
const check = () => sleep(200);
const handlers = {
  'check in a guard': (messages) => joined(messages),
  'check in the handler': (messages) => defer(check).pipe(concatMap(() => joined(messages))),
  'check in the handler, subscribed at once': (messages) => {
    const replayed = new ReplaySubject();
    messages.subscribe(replayed);
    return defer(check).pipe(concatMap(() => joined(replayed)));
  },
};
let handler;
class ProbeController {
  join(messages) {
    return handlers[handler](messages);
  }
}
const descriptor = Object.getOwnPropertyDescriptor(ProbeController.prototype, 'join');
GrpcStreamMethod('Probe', 'Join')(ProbeController.prototype, 'join', descriptor);
UseGuards({ canActivate: () => (handler === 'check in a guard' ? check().then(() => true) : true) })(ProbeController.prototype, 'join', descriptor);
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
      resolve(error ? status[error.code] : message.text || 'no message'),
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
const all = 'one two three';
const [guard, late, atOnce] = Object.values(seen);
const same =
  [guard.fast, guard.slow, atOnce.fast, atOnce.slow].every((text) => text === all) &&
  late.fast === 'no message' &&
  late.slow !== all &&
  late.slow.endsWith('three');
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
