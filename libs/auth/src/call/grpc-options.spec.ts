import 'reflect-metadata';
import { Client, credentials, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, type INestMicroservice, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GrpcMethod } from '@nestjs/microservices';
import { once } from 'node:events';
import { globSync, readFileSync } from 'node:fs';
import { connect } from 'node:http2';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AuthModule } from '../auth.module.ts';
import { securedGrpc, SERVER_OPTIONS } from '../secured-grpc.ts';
import { channelOptions } from './client.ts';
import { contractOf } from './echo.fixture.ts';

const grpc = dirname(fileURLToPath(import.meta.resolve('@grpc/grpc-js')));
/** Without the list of known options, which has some that nothing reads. */
const source = globSync('*.js', { cwd: grpc, exclude: ['channel-options.js'] })
  .map((file) => readFileSync(join(grpc, file), 'utf8'))
  .join('\n');

/** How grpc-js reads an option, and not only names it. */
const reads = (option: string) =>
  source.includes(`options['${option}']`) || source.includes(`Options['${option}']`) || source.includes(`options["${option}"]`);

describe('grpc-js reads', () => {
  it.each([...Object.keys(SERVER_OPTIONS), ...Object.keys(channelOptions(contractOf('Empty', {})))])('%s', (option) => {
    expect(reads(option)).toBe(true);
  });

  it('not all options of gRPC', () => {
    expect(reads('grpc.max_metadata_size')).toBe(false);
  });
});

describe('a server', () => {
  const Open = contractOf('Open', { Say: { rule: { who: { case: 'anyone', value: true } } } });

  @Controller()
  class OpenController {
    @GrpcMethod('Open')
    say() {
      return { text: 'answered' };
    }
  }

  let app: INestMicroservice;
  let address: string;
  beforeAll(async () => {
    const auth = AuthModule.forService({
      ...{ service: 'post', serves: [Open], issuer: 'http://localhost:1', known: { roles: [], services: [] }, peer: 'none' },
      revocations: { accept: 'until expiry' },
    });
    class AppModule {}
    Module({ imports: [auth], controllers: [OpenController] })(AppModule);
    const listening = Promise.withResolvers<number>();
    const options = { ...securedGrpc({ url: '127.0.0.1:0', onListening: listening.resolve }), logger: false, abortOnError: false } as const;
    app = await NestFactory.createMicroservice(AppModule, options);
    await app.listen();
    address = `127.0.0.1:${String(await listening.promise)}`;
  });
  afterAll(() => app.close());

  /** The status of a call whose request has this length in bytes. */
  async function statusOf(length: number): Promise<string> {
    const client = new Client(address, credentials.createInsecure());
    const request = Buffer.alloc(length);
    request.set([0x0a, ...varint(length - 5)]);
    const asIs = (bytes: Buffer) => bytes;
    const { promise, resolve } = Promise.withResolvers<string>();
    client.makeUnaryRequest('/test.echo.v1.Open/Say', asIs, asIs, request, (error) => resolve(status[error?.code ?? status.OK]));
    return promise.finally(() => {
      client.close();
    });
  }

  /** A length in four bytes. */
  const varint = (value: number) => [0, 7, 14, 21].map((shift) => ((value >> shift) & 0x7f) | (shift < 21 ? 0x80 : 0));

  it('accepts requests of a megabyte at most', async () => {
    expect(await statusOf(1024 * 1024)).toBe('OK');
    expect(await statusOf(1024 * 1024 + 1)).toBe('RESOURCE_EXHAUSTED');
  });

  it('allows 1,000 calls at a time on a connection', async () => {
    const session = connect(`http://${address}`);
    await once(session, 'remoteSettings');
    expect(session.remoteSettings.maxConcurrentStreams).toBe(1_000);
    session.destroy();
  });
});
