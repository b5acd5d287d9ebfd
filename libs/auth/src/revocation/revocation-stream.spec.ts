import { create } from '@bufbuild/protobuf';
import { expect, it } from '@jest/globals';
import { credentials, Server, ServerCredentials, type ServerWritableStream } from '@grpc/grpc-js';
import { serviceDefinition } from '@reputable/contracts';
import { AuthService, type WatchRevocationsResponse, WatchRevocationsResponseSchema } from '@reputable/contracts/auth/v1/auth';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { RevocationStream } from './revocation-stream.ts';
import { TokenRevocations } from './token-revocations.ts';

it('stays open when the server ends the connection because of its age', async () => {
  let opened = 0;
  const watch = (stream: ServerWritableStream<unknown, WatchRevocationsResponse>) => {
    opened += 1;
    stream.write(create(WatchRevocationsResponseSchema));
  };
  const server = new Server({ 'grpc.max_connection_age_ms': 200 });
  const { WatchRevocations: method } = serviceDefinition(AuthService);
  if (!method) throw new Error('The contract has no WatchRevocations.');
  server.addService({ WatchRevocations: method }, { WatchRevocations: watch });
  const port = await promisify(server.bindAsync.bind(server))('127.0.0.1:0', ServerCredentials.createInsecure());
  const revocations = new TokenRevocations();
  const source = { url: `127.0.0.1:${String(port)}`, service: 'auth' };
  const stream = new RevocationStream(
    source,
    { credentialsFor: () => credentials.createInsecure(), onChange: () => () => undefined },
    revocations,
  );
  try {
    await sleep(2_000);
    expect(opened).toBe(1);
  } finally {
    stream.close();
    revocations.close();
    server.forceShutdown();
  }
});
