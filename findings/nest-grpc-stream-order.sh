#!/usr/bin/env bash
# An async guard changes the order of the messages that a Nest handler gets from a client stream
#
# Packages: @nestjs/microservices 12.1.1, @nestjs/core and @nestjs/common 12.5.1, @grpc/grpc-js 1.14.7, rxjs 7.8.2
# Expected: The handler gets the messages in the order in which the client sent them. gRPC guarantees it
#           (https://grpc.io/docs/what-is-grpc/core-concepts/), and Nest buffers the messages that come while a guard runs.
# Seen:     After the guard Nest passes new messages on at once and replays the buffer in the next `setImmediate`. A message
#           that arrives between the two overtakes the whole buffer. With an async guard and a steady client this happens
#           in many calls; without a guard in none.
# Matters:  Every guard that verifies a token asynchronously delays the handler like this. Handlers that apply a sequence
#           (chunks of an upload, events of an account, a first message with the parameters) get it in the wrong order, now
#           and then. Number the messages, or check in a grpc-js server interceptor, which runs before Nest.
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
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { credentials, loadPackageDefinition, Metadata } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { Controller, Module, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GrpcStreamMethod, Transport } from '@nestjs/microservices';
import { map, toArray } from 'rxjs';

setTimeout(() => process.exit(2), 50_000).unref();
const CALLS = 40;
const MESSAGES = 200;
let guarded = false;
class ProbeController {
  join(messages) {
    return messages.pipe(
      map(({ text }) => text),
      toArray(),
      map((texts) => ({ text: texts.join() })),
    );
  }
}
const guard = { canActivate: () => (guarded ? sleep(20).then(() => true) : true) };
const descriptor = Object.getOwnPropertyDescriptor(ProbeController.prototype, 'join');
GrpcStreamMethod('Probe', 'Join')(ProbeController.prototype, 'join', descriptor);
UseGuards(guard)(ProbeController.prototype, 'join', descriptor);
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

/** Sends numbers in order, one in each turn of the event loop, and returns them as the handler got them. */
async function received() {
  return new Promise((resolve, reject) => {
    const call = client.Join(new Metadata(), { deadline: Date.now() + 20_000 }, (error, message) =>
      error ? reject(error) : resolve(message.text.split(',').map(Number)),
    );
    void (async () => {
      for (let number = 0; number < MESSAGES; number += 1) {
        call.write({ text: String(number) });
        await nextTurn();
      }
      call.end();
    })();
  });
}
/** Places the calls, and returns those whose messages were not in order. */
async function disordered() {
  const found = [];
  for (let call = 0; call < CALLS && found.length < 5; call += 1) {
    const numbers = await received();
    if (numbers.length !== MESSAGES) throw new Error(`The handler got ${numbers.length} of ${MESSAGES} messages.`);
    if (numbers.some((number, index) => number !== index)) found.push(numbers);
  }
  return found;
}
const without = await disordered();
guarded = true;
const behind = await disordered();
client.close();

console.log(`Calls out of order without a guard: ${without.length} of ${CALLS}`);
console.log(`Calls out of order behind an async guard: ${behind.length} (stops at 5)`);
for (const numbers of behind) {
  const at = numbers.findIndex((number, index) => number !== index);
  console.log(`  the handler got ${numbers.slice(at, at + 5).join(', ')}, …`);
}
const same = without.length === 0 && behind.length > 0;
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
