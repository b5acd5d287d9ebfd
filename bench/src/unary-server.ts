import 'reflect-metadata';
import { ServerCredentials, type ServerInterceptingCall } from '@grpc/grpc-js';
import { context, diag, propagation, trace } from '@opentelemetry/api';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GrpcMethod } from '@nestjs/microservices';
import {
  AccessServerInterceptor,
  CertificateWatch,
  JwtStrategy,
  Issuers,
  PeerReader,
  TokenRevocations,
  rulesOf,
  securedGrpc,
  serverCredentials,
  type ServerSecurity,
  TokenVerifier,
} from '@reputable/auth';
import { startTelemetry, type Telemetry } from '@reputable/telemetry';
import { packageDefinition, ROLES, SCOPES, SERVICES } from '@reputable/contracts';
import { UserService } from '@reputable/contracts/user/v1/user';
import { randomUUID } from 'node:crypto';
import { subscribe } from 'node:diagnostics_channel';
import { exportTo } from './spans.ts';

/** What a benchmark can change while its server runs. */
export interface Switches {
  readonly checks: boolean;
  /** Whether an OpenTelemetry SDK runs. It follows the client: it makes spans in the traces that the client samples. */
  readonly spans: boolean;
}

/** The parameters of a benchmark's server. */
export interface ServerMode {
  /** Whether to use mutual TLS and check the peer against the rule's `callers`. */
  readonly mtls: boolean;
  readonly tlsFolder: string;
  readonly issuer: string;
  /** The URL of the collector of spans. */
  readonly collector: string;
}

@Controller()
class UserController {
  @GrpcMethod('UserService')
  getUser({ id }: { id: string }) {
    return { user: { id, displayName: 'Ada', reputation: 120, roles: [] } };
  }
}

@Module({ controllers: [UserController] })
class AppModule {}

/** Replaces the certificate without mutual TLS, so that the remaining checks are the same. */
class NoPeers extends PeerReader {
  override serviceOf(): string {
    return 'gateway';
  }
}

/** Whether the access interceptor checks calls. One process measures both, because two processes are never equally fast. */
let checks = true;

/** The revocations of five minutes in a busy system. None matches the benchmark's token. */
const SOME_REVOCATIONS = Array.from({ length: 1_000 }, () => ({
  subject: 'session' as const,
  id: randomUUID(),
  issuedBefore: Infinity,
  expiresAt: Infinity,
}));

async function securityOf({ mtls, tlsFolder, issuer }: ServerMode): Promise<ServerSecurity> {
  const revocations = new TokenRevocations(Infinity);
  revocations.apply(SOME_REVOCATIONS);
  const issuers = new Issuers({ url: issuer, keys: { jwksUri: new URL(issuer) } }, { service: 'user' });
  const tokens = new TokenVerifier(new JwtStrategy(issuers, revocations));
  const certificate = await CertificateWatch.open({ folder: tlsFolder, service: 'user', trustDomain: 'reputable.local' });
  const peers = new (mtls ? PeerReader : NoPeers)('reputable.local', certificate);
  const rules = rulesOf([UserService], { roles: ROLES, scopes: SCOPES, services: SERVICES });
  const { intercept } = new AccessServerInterceptor(rules, peers, tokens);
  return {
    serves: [UserService],
    packageDefinition: packageDefinition([UserService]),
    credentialsFor: () => (mtls ? serverCredentials(certificate) : ServerCredentials.createInsecure()),
    certificate,
    revocations,
    clocks: issuers.clocks,
    interceptors: [(method, call) => (checks ? intercept(method, call) : (call as ServerInterceptingCall))],
  };
}

let telemetry: Telemetry | undefined;

/** Starts an OpenTelemetry SDK, or stops it, which exports its spans. */
async function switchSpans(wanted: boolean): Promise<void> {
  if (wanted === (telemetry !== undefined)) return;
  await telemetry?.stop();
  for (const api of [context, diag, propagation, trace]) api.disable();
  telemetry = wanted ? startTelemetry({ service: 'user', ...exportTo(mode.collector) }) : undefined;
}

async function answer({ checks: checked, spans }: Switches): Promise<void> {
  checks = checked;
  await switchSpans(spans);
  const { user, system } = process.cpuUsage();
  process.send?.({ cpu: user + system, handshakes });
}

let handshakes = 0;
// Counts the connections of every server in the process. There is only grpc-js's.
subscribe('net.server.socket', () => (handshakes += 1));

const mode = JSON.parse(process.argv[2] ?? '') as ServerMode;
const listening = Promise.withResolvers<number>();
const grpc = securedGrpc({ url: '127.0.0.1:0', onListening: listening.resolve }).useFactory(await securityOf(mode));
const app = await NestFactory.createMicroservice(AppModule, { ...grpc, logger: false });
await app.listen();
process.on('message', (wanted: Switches) => void answer(wanted));
process.on('disconnect', () => process.exit(0));
process.send?.({ port: await listening.promise });
