import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GrpcMethod } from '@nestjs/microservices';
import { AuthModule, type Client, InjectClient, securedGrpc, SERVER_SECURITY, type ServerSecurity } from '@reputable/auth';
import { ROLES, SCOPES, SERVICES } from '@reputable/contracts';
import { TRUST_DOMAIN } from '@reputable/contracts/registry';
import { UserService } from '@reputable/contracts/user/v1/user';
import { setTimeout as sleep } from 'node:timers/promises';

/** The parameters of the server, as JSON. */
export interface HopMode {
  /** The service whose certificate it has: one that the rule of GetUser lists. */
  readonly service: string;
  readonly tlsFolder: string;
  readonly issuer: string;
  readonly jwks: string;
  /** The gRPC address of auth. */
  readonly auth: string;
  readonly port: number;
}

const { service, tlsFolder, issuer, jwks, auth, port } = JSON.parse(process.argv[2] ?? '') as HopMode;

/** Passes a call on to this server as often as its id says, through its own port: each hop authenticates. */
@Controller()
class HopController {
  constructor(@InjectClient(UserService) readonly next: Client<typeof UserService>) {}

  @GrpcMethod('UserService')
  async getUser({ id }: { id: string }) {
    const hops = Number(id) - 1;
    return hops === 0 ? { user: { id, displayName: 'Ada', reputation: 120, roles: [] } } : this.next.getUser({ id: String(hops) });
  }
}

@Module({
  imports: [
    AuthModule.forService({
      service,
      serves: [UserService],
      calls: [{ contract: UserService, service, url: `localhost:${port}` }],
      issuer: { url: issuer, keys: { jwksUri: new URL(jwks) }, transactionTokens: TRUST_DOMAIN },
      tls: { folder: tlsFolder, trustDomain: TRUST_DOMAIN },
      known: { roles: ROLES, scopes: SCOPES, services: SERVICES },
      revocations: { from: 'stream', service: 'auth', url: auth },
    }),
  ],
  controllers: [HopController],
})
class AppModule {}

const app = await NestFactory.createMicroservice(AppModule, { ...securedGrpc({ url: `127.0.0.1:${port}` }), logger: false });
await app.listen();
const { revocations } = app.get<ServerSecurity>(SERVER_SECURITY, { strict: false });
while (revocations.fault !== undefined) await sleep(20);
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpu: user + system });
});
process.on('disconnect', () => process.exit(0));
process.send?.({ port });
