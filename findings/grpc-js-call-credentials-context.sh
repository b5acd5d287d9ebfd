#!/usr/bin/env bash
# Call credentials run in the async context of another call while the channel connects
#
# Package:  @grpc/grpc-js 1.14.7
# Expected: grpc-js calls the metadata generator of a call in the async context of that call. The generator is the
#           documented place for a token (https://grpc.io/docs/guides/auth/), and AsyncLocalStorage follows asynchronous
#           calls (https://nodejs.org/api/async_context.html).
# Seen:     grpc-js queues the calls that arrive before the channel is ready. It then runs all their generators in the
#           context of the call that opened the connection. `getStore()` returns the first user for every queued call.
#           On a ready channel each generator sees its own context.
# Matters:  A gateway that forwards the user's token from AsyncLocalStorage in call credentials sends one user's token
#           with other users' calls, for the first calls after a start or a reconnect only. Tests with a warm channel pass.
#           A client interceptor runs before the queue, in the context of its own call: read the store there.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' >package.json
npm install --no-audit --no-fund --loglevel=error --save-exact @grpc/grpc-js@1.14.7 >/dev/null

cat >probe.js <<'JS'
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  CallCredentials,
  credentials,
  InterceptingCall,
  makeGenericClientConstructor,
  Metadata,
  Server,
  ServerCredentials,
} from '@grpc/grpc-js';

setTimeout(() => process.exit(2), 40_000).unref();
const identity = (bytes) => bytes;
const service = {
  WhoAmI: {
    path: '/probe.Probe/WhoAmI',
    requestStream: false,
    responseStream: false,
    requestSerialize: identity,
    requestDeserialize: identity,
    responseSerialize: identity,
    responseDeserialize: identity,
  },
};
const server = new Server();
const users = (call) => `${call.metadata.get('by-credentials')} ${call.metadata.get('by-interceptor')}`;
server.addService(service, { WhoAmI: (call, answer) => answer(null, Buffer.from(users(call))) });
const port = await new Promise((resolve, reject) =>
  server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound))),
);

const currentUser = new AsyncLocalStorage();
const byCredentials = CallCredentials.createFromMetadataGenerator((_options, done) => {
  const metadata = new Metadata();
  metadata.set('by-credentials', String(currentUser.getStore()));
  done(null, metadata);
});
const byInterceptor = (options, next) =>
  new InterceptingCall(next(options), {
    start(metadata, listener, proceed) {
      metadata.set('by-interceptor', String(currentUser.getStore()));
      proceed(metadata, listener);
    },
  });
const Client = makeGenericClientConstructor(service, 'Probe');
const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), { interceptors: [byInterceptor] });
const whoAmI = (user) =>
  currentUser.run(user, () => {
    return new Promise((resolve, reject) =>
      client.WhoAmI(Buffer.alloc(0), new Metadata(), { credentials: byCredentials }, (error, bytes) =>
        error ? reject(error) : resolve([user, ...bytes.toString().split(' ')]),
      ),
    );
  });

const people = ['alice', 'bob', 'carol'];
const connecting = await Promise.all(people.map(whoAmI));
const ready = await Promise.all(people.map(whoAmI));
client.close();
server.forceShutdown();

const print = (title, rows) => {
  console.log(title);
  for (const [user, sent, intercepted] of rows) console.log(`  call of ${user}: credentials saw ${sent}, interceptor saw ${intercepted}`);
};
print('While the channel connects:', connecting);
print('On the ready channel:', ready);
const same =
  connecting.every(([user, sent, intercepted]) => sent === 'alice' && intercepted === user) &&
  ready.every(([user, sent, intercepted]) => sent === user && intercepted === user);
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
