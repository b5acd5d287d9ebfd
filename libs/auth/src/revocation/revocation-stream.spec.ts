import { create } from '@bufbuild/protobuf';
import { expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { credentials, Server, ServerCredentials, type ServerOptions, type ServerWritableStream } from '@grpc/grpc-js';
import { serviceDefinition } from '@reputable/contracts';
import { AuthService, type WatchRevocationsResponse, WatchRevocationsResponseSchema } from '@reputable/contracts/auth/v1/auth';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { RevocationStream } from './revocation-stream.ts';
import { SILENCE_MS, TokenRevocations } from './token-revocations.ts';

Logger.overrideLogger(false);

type Handler = (stream: ServerWritableStream<unknown, WatchRevocationsResponse>) => void;

/** Opens a stream to a server that answers as `watch` does, while `during` runs. */
async function withStream(watch: Handler, options: ServerOptions, during: (revocations: TokenRevocations) => Promise<void>): Promise<void> {
  const server = new Server(options);
  const { WatchRevocations: method } = serviceDefinition(AuthService);
  if (!method) throw new Error('The contract has no WatchRevocations.');
  server.addService({ WatchRevocations: method }, { WatchRevocations: watch });
  const port = await promisify(server.bindAsync.bind(server))('127.0.0.1:0', ServerCredentials.createInsecure());
  const revocations = new TokenRevocations();
  const source = { url: `127.0.0.1:${String(port)}`, service: 'auth' };
  const identity = { credentialsFor: () => credentials.createInsecure(), onChange: () => () => undefined };
  const stream = new RevocationStream(source, identity, revocations);
  try {
    await during(revocations);
  } finally {
    stream.close();
    revocations.close();
    server.forceShutdown();
  }
}

it('stays open when the server ends the connection because of its age', async () => {
  let opened = 0;
  const watch: Handler = (stream) => {
    opened += 1;
    stream.write(create(WatchRevocationsResponseSchema));
  };
  await withStream(watch, { 'grpc.max_connection_age_ms': 200 }, async () => {
    await sleep(2_000);
  });
  expect(opened).toBe(1);
});

it('waits longer each time for a first update that takes long, and as long as before for the next one', async () => {
  const opened: number[] = [];
  const watch: Handler = (stream) => {
    opened.push(performance.now());
    void sleep(SILENCE_MS + 1_000).then(() => stream.write(create(WatchRevocationsResponseSchema)));
  };
  await withStream(watch, {}, async ({ ready }) => {
    await ready;
    const updated = performance.now();
    expect(opened).toHaveLength(2);
    while (opened.length < 3) await sleep(20);
    expect((opened[2] ?? NaN) - updated).toBeLessThan(2 * SILENCE_MS);
  });
});
