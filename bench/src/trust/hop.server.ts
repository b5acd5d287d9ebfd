import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GrpcMethod } from '@nestjs/microservices';
import {
  type AccessRule,
  AccessServerInterceptor,
  CertificateWatch,
  type Client,
  Issuers,
  JwtStrategy,
  openClient,
  PeerReader,
  rulesOf,
  securedGrpc,
  serverCredentials,
  TokenRevocations,
  TokenVerifier,
} from '@reputable/auth';
import { packageDefinition, ROLES, SCOPES, SERVICES } from '@reputable/contracts';
import { AuthService } from '@reputable/contracts/auth/v1/auth';
import { PostService } from '@reputable/contracts/post/v1/post';
import { TRUST_DOMAIN } from '@reputable/contracts/registry';
/* eslint-disable @nx/enforce-module-boundaries -- AuthModule uses these for its clients, and exports neither */
import { openForwarding } from '../../../libs/auth/src/call/client.ts';
import { ReplacementTokens } from '../../../libs/auth/src/call/replacement-tokens.ts';
/* eslint-enable @nx/enforce-module-boundaries */

/** The parameters of the server, as JSON. */
export interface HopMode {
  /** That of post: a Transaction Token for an rpc of post is replaced for post alone. */
  readonly tlsFolder: string;
  readonly issuer: string;
  readonly jwks: string;
  /** The gRPC address of auth. */
  readonly auth: string;
  /** The deadline of a call, in milliseconds. */
  readonly deadlineMs: number;
}

const mode = JSON.parse(process.argv[2] ?? '') as HopMode;
const certificate = await CertificateWatch.open({ folder: mode.tlsFolder, service: 'post', trustDomain: TRUST_DOMAIN });
const next = Promise.withResolvers<Client<typeof PostService>>();

/** Passes a call on to this server as often as its id says, through its own port: each hop authenticates. */
@Controller()
class HopController {
  @GrpcMethod('PostService')
  async getPost({ id }: { id: string }) {
    const hops = Number(id) - 1;
    return hops === 0 ? { post: { id, title: 'A post', body: 'Its text.', score: 1 } } : (await next.promise).getPost({ id: String(hops) });
  }
}

@Module({ controllers: [HopController] })
class AppModule {}

/** That of post, except that post may call itself. */
function security() {
  const revocations = new TokenRevocations(Infinity);
  revocations.apply([]);
  const own = { url: mode.issuer, keys: { jwksUri: new URL(mode.jwks) }, transactionTokens: TRUST_DOMAIN };
  const rules = rulesOf([PostService], { roles: ROLES, scopes: SCOPES, services: SERVICES });
  const path = `/${PostService.typeName}/GetPost`;
  const rule = { ...(rules.get(path) as AccessRule), callers: ['gateway', 'post'] };
  const tokens = new TokenVerifier(new JwtStrategy(new Issuers(own, { service: 'post' }), revocations));
  const { intercept } = new AccessServerInterceptor(new Map([...rules, [path, rule]]), new PeerReader(TRUST_DOMAIN, certificate), tokens);
  return {
    serves: [PostService],
    packageDefinition: packageDefinition([PostService]),
    credentialsFor: () => serverCredentials(certificate),
    certificate,
    revocations,
    interceptors: [intercept],
  };
}

const listening = Promise.withResolvers<number>();
const grpc = securedGrpc({ url: '127.0.0.1:0', onListening: listening.resolve }).useFactory(security());
const app = await NestFactory.createMicroservice(AppModule, { ...grpc, logger: false });
await app.listen();
const port = await listening.promise;
const auth = openClient({ contract: AuthService, service: 'auth', url: mode.auth }, certificate);
const own = { contract: PostService, service: 'post', url: `localhost:${port}`, deadlineMs: mode.deadlineMs };
next.resolve(openForwarding(own, certificate, new ReplacementTokens(auth.client)).client);
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpu: user + system });
});
process.on('disconnect', () => process.exit(0));
process.send?.({ port });
