import 'reflect-metadata';
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Controller, Get, type INestApplication, Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GrpcMethod, Payload, Transport } from '@nestjs/microservices';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { create } from '@bufbuild/protobuf';
import { packageDefinition, serviceDefinition } from '@reputable/contracts';
import { SignedInSchema } from '@reputable/contracts/access/v1/access';
import { fromServiceError } from '@reputable/errors';
import { of } from 'rxjs';
import type { AuthenticatedUser } from '../access/authenticated-user.ts';
import { AuthModule, SERVER_SECURITY, type ServerSecurity } from '../auth.module.ts';
import { CurrentUser } from '../call/current-user.ts';
import { contractOf } from '../call/echo.fixture.ts';
import { securedGrpc } from '../secured-grpc.ts';
import { aUser, TestIssuer } from '../testing/index.ts';
import { Access } from './access.decorator.ts';

const who = { case: 'signedIn', value: create(SignedInSchema, { minReputation: 15 }) } as const;
const Echo = contractOf('Echo', { Say: { rule: { who } }, Repeat: { kind: 'server', rule: { who } } });

@Controller()
class EchoController {
  @GrpcMethod('Echo')
  say(@Payload() _request: unknown, @CurrentUser() user: AuthenticatedUser) {
    return { text: user.id };
  }

  @GrpcMethod('Echo')
  repeat(@Payload() _request: unknown, @CurrentUser() user: AuthenticatedUser) {
    return of({ text: user.id });
  }

  @Access({ minReputation: 15 })
  @Get('say')
  get(@CurrentUser() user: AuthenticatedUser) {
    return { text: user.id };
  }
}

let issuer: TestIssuer;

beforeAll(async () => {
  jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
  issuer = await TestIssuer.start({ audience: ['echo'] });
});
afterAll(async () => {
  await issuer.stop();
  jest.restoreAllMocks();
});

const appModule = () => {
  const auth = AuthModule.forService({
    service: 'echo',
    serves: [Echo],
    issuer: issuer.url,
    known: { roles: [], services: [] },
    revocations: { accept: 'until expiry' },
    peer: 'none',
  });
  class AppModule {}
  Module({ imports: [auth], controllers: [EchoController] })(AppModule);
  return AppModule;
};

const options = { logger: false, abortOnError: false } as const;

/** Calls an rpc. Resolves with the text of the response or the reason of the error. */
function call(port: number, name: 'Say' | 'Repeat', authorization?: string): Promise<string> {
  const { path, requestSerialize, responseDeserialize } = serviceDefinition(Echo)[name] as ReturnType<typeof serviceDefinition>[string];
  const metadata = new Metadata();
  if (authorization !== undefined) metadata.set('authorization', authorization);
  const client = new Client(`localhost:${port}`, credentials.createInsecure());
  const stream = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, {}, metadata);
  return new Promise((resolve) => {
    stream.on('data', ({ text }: { text: string }) => resolve(text));
    stream.on('error', (error: ServiceError) => resolve(fromServiceError(error, 'echo').reason));
    stream.on('close', () => client.close());
  });
}

describe.each([{ inheritAppConfig: false }, { inheritAppConfig: true }])('an app with HTTP and gRPC, %j', (hybrid) => {
  let app: INestApplication;
  let grpc: number;

  beforeAll(async () => {
    app = await NestFactory.create(appModule(), new FastifyAdapter(), options);
    const listening = Promise.withResolvers<number>();
    const secured = securedGrpc({ url: '127.0.0.1:0', onListening: listening.resolve });
    app.connectMicroservice(secured.useFactory(app.get<ServerSecurity>(SERVER_SECURITY)), hybrid);
    await app.init();
    await app.startAllMicroservices();
    await app.listen(0, '127.0.0.1');
    grpc = await listening.promise;
  });
  afterAll(() => app.close());

  /** Gets `/say`. Resolves as {@link call}. */
  const get = async (authorization?: string) => {
    const response = await fetch(`${await app.getUrl()}/say`, { headers: authorization === undefined ? {} : { authorization } });
    const { text, reason } = (await response.json()) as { text?: string; reason?: string };
    return text ?? reason;
  };

  it('refuses on both transports', async () => {
    const newcomer = `Bearer ${await issuer.tokenFor(aUser({ reputation: 14 }))}`;
    for (const [authorization, reason] of [
      [undefined, 'TOKEN_MISSING'],
      ['Bearer nonsense', 'TOKEN_INVALID'],
      [newcomer, 'REPUTATION_TOO_LOW'],
    ] as const) {
      expect(await get(authorization)).toBe(reason);
      expect(await call(grpc, 'Say', authorization)).toBe(reason);
      expect(await call(grpc, 'Repeat', authorization)).toBe(reason);
    }
  });

  it('accepts on both transports', async () => {
    const user = aUser({ reputation: 15 });
    const authorization = `Bearer ${await issuer.tokenFor(user)}`;
    expect(await get(authorization)).toBe(user.id);
    expect(await call(grpc, 'Say', authorization)).toBe(user.id);
    expect(await call(grpc, 'Repeat', authorization)).toBe(user.id);
  });
});

describe("an app with Nest's plain gRPC transport, which checks nothing,", () => {
  const plain = () => ({
    transport: Transport.GRPC as const,
    options: { url: '127.0.0.1:0', package: 'test.echo.v1', packageDefinition: packageDefinition([Echo]) },
  });
  const refusal = 'EchoController.say is an rpc, but the app has no server of securedGrpc.';

  it('does not start', async () => {
    const app = await NestFactory.createMicroservice(appModule(), { ...plain(), ...options });
    const start = app.listen().finally(() => app.close());
    await expect(start).rejects.toThrow(refusal);
  });

  it('does not start with HTTP either', async () => {
    const app = await NestFactory.create(appModule(), new FastifyAdapter(), options);
    app.connectMicroservice(plain(), { inheritAppConfig: true });
    const start = app.listen(0, '127.0.0.1').finally(() => app.close());
    await expect(start).rejects.toThrow(refusal);
  });
});
