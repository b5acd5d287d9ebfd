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
import { TRUST_DOMAIN } from '@reputable/contracts/registry';
import { UserService } from '@reputable/contracts/user/v1/user';

/** The parameters of the server, as JSON. */
export interface HopMode {
  readonly tlsFolder: string;
  readonly issuer: string;
  readonly jwks: string;
}

const mode = JSON.parse(process.argv[2] ?? '') as HopMode;
const certificate = await CertificateWatch.open({ folder: mode.tlsFolder, service: 'user', trustDomain: TRUST_DOMAIN });
const next = Promise.withResolvers<Client<typeof UserService>>();

/** Passes a call on to this server as often as its id says, through its own port: each hop authenticates. */
@Controller()
class HopController {
  @GrpcMethod('UserService')
  async getUser({ id }: { id: string }) {
    const hops = Number(id) - 1;
    return hops === 0
      ? { user: { id, displayName: 'Ada', reputation: 120, roles: [] } }
      : (await next.promise).getUser({ id: String(hops) });
  }
}

@Module({ controllers: [HopController] })
class AppModule {}

function security() {
  const revocations = new TokenRevocations(Infinity);
  revocations.apply([]);
  const issuers = new Issuers(
    { url: mode.issuer, keys: { jwksUri: new URL(mode.jwks) }, transactionTokens: TRUST_DOMAIN },
    { service: 'user' },
  );
  const rules = rulesOf([UserService], { roles: ROLES, scopes: SCOPES, services: SERVICES });
  const path = `/${UserService.typeName}/GetUser`;
  const rule = { ...(rules.get(path) as AccessRule), callers: ['gateway', 'user'] };
  const tokens = new TokenVerifier(new JwtStrategy(issuers, revocations));
  const { intercept } = new AccessServerInterceptor(new Map([...rules, [path, rule]]), new PeerReader(TRUST_DOMAIN, certificate), tokens);
  return {
    serves: [UserService],
    packageDefinition: packageDefinition([UserService]),
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
next.resolve(openClient({ contract: UserService, service: 'user', url: `localhost:${port}` }, certificate).client);
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpu: user + system });
});
process.on('disconnect', () => process.exit(0));
process.send?.({ port });
