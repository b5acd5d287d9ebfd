#!/usr/bin/env bash
# Nest does not unsubscribe from a unary handler's Observable when the client cancels
#
# Packages: @nestjs/microservices 12.1.1, @nestjs/core and @nestjs/common 12.5.1, @grpc/grpc-js 1.14.7, rxjs 7.8.2
# Expected: Nest unsubscribes from the Observable of a handler when its call ends, because it does so for server streaming
#           and because https://docs.nestjs.com/microservices/grpc lets both kinds of handler return an Observable.
# Seen:     Nest unsubscribes from a server-streaming handler at once. The Observable of a unary handler runs on after the
#           client cancelled and after its deadline ended.
# Matters:  A handler that retries a slow authorization server or polls a table goes on after the client has left, and its
#           `finalize` runs only when the Observable ends by itself. Stop it with the `cancelled` event of the call.
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
message Empty {}
service Probe {
  rpc Poll(Empty) returns (Empty);
  rpc Watch(Empty) returns (stream Empty);
}
PROTO

cat >probe.js <<'JS'
import 'reflect-metadata';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GrpcMethod, Transport } from '@nestjs/microservices';
import { Observable } from 'rxjs';

setTimeout(() => process.exit(2), 40_000).unref();
let subscribed = 0;
let unsubscribed = 0;
const endless = () =>
  new Observable(() => {
    subscribed += 1;
    return () => {
      unsubscribed += 1;
    };
  });

class ProbeController {
  poll() {
    return endless();
  }
  watch() {
    return endless();
  }
}
const decorate = (decorator, method) =>
  decorator(ProbeController.prototype, method, Object.getOwnPropertyDescriptor(ProbeController.prototype, method));
decorate(GrpcMethod('Probe', 'Poll'), 'poll');
decorate(GrpcMethod('Probe', 'Watch'), 'watch');
Controller()(ProbeController);
class AppModule {}
Module({ controllers: [ProbeController] })(AppModule);

const port = await new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port: free } = server.address();
    server.close(() => resolve(free));
  });
});
const app = await NestFactory.createMicroservice(AppModule, {
  transport: Transport.GRPC,
  logger: ['error'],
  options: { package: 'probe', protoPath: new URL('probe.proto', import.meta.url).pathname, url: `127.0.0.1:${port}` },
});
await app.listen();

const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
const identity = (bytes) => bytes;
const poll = (options) => client.makeUnaryRequest('/probe.Probe/Poll', identity, identity, Buffer.alloc(0), new Metadata(), options, () => {});
const watch = (options) => {
  const call = client.makeServerStreamRequest('/probe.Probe/Watch', identity, identity, Buffer.alloc(0), new Metadata(), options);
  call.on('error', () => {});
  call.resume();
  return call;
};
async function unsubscribedAfter(endCall) {
  subscribed = unsubscribed = 0;
  await endCall();
  await sleep(1_000);
  if (subscribed !== 1) throw new Error('The call has not reached the handler.');
  return unsubscribed === 1;
}
const cancelled = (start) => () => {
  const call = start({});
  return sleep(500).then(() => call.cancel());
};
const expired = (start) => () => {
  start({ deadline: Date.now() + 500 });
  return sleep(500);
};
const seen = {
  'server streaming, cancelled': await unsubscribedAfter(cancelled(watch)),
  'server streaming, deadline over': await unsubscribedAfter(expired(watch)),
  'unary, cancelled': await unsubscribedAfter(cancelled(poll)),
  'unary, deadline over': await unsubscribedAfter(expired(poll)),
};
client.close();

console.log('Nest unsubscribed from the Observable of the handler:');
for (const [call, done] of Object.entries(seen)) console.log(`  ${call}: ${done}`);
const same = String(Object.values(seen)) === 'true,true,false,false';
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
