import type { DescService } from '@bufbuild/protobuf';
import type { ServerCredentials, ServerInterceptor, ServiceDefinition } from '@grpc/grpc-js';
import {
  type DynamicModule,
  Inject,
  Module,
  Optional,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type Provider,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { AuthService } from '@reputable/contracts/auth/v1/auth';
import { checkCallers, forAnyPeer, type KnownNames, rulesOf } from './access/access-rule.ts';
import { builtInRules } from './access/built-in-rules.ts';
import type { Client, ClientOf } from './contract/client.ts';
import { AccessServerInterceptor } from './call/access.server-interceptor.ts';
import { CallRunner } from './call/call-runner.ts';
import { type ClientConfig, openClient, openForwarding } from './call/client.ts';
import { checkTransactions } from './call/check-transactions.ts';
import { ReplacementTokens } from './call/replacement-tokens.ts';
import { DEADLINE_MS } from './call/unary-call.ts';
import { codecsOf } from './call/request-binding.ts';
import { securedServers } from './call/secured-servers.ts';
import { guardedHandlers, type HandlerGuard } from './http/guarded-handlers.ts';
import { handlersOf } from './http/handler.ts';
import type { IssuerClocks } from './issuer/issuer-clocks.ts';
import { Issuers, type TrustedIssuers } from './issuer/issuers.ts';
import { type KnownRevocations, openRevocations, type RevocationOptions } from './revocation/revocation-options.ts';
import type { RevocationCheck } from './token/revocation-check.ts';
import { StaleClaims } from './revocation/stale-claims.ts';
import { openPeers, type PeerOptions } from './peer/peer-options.ts';
import { Plaintext } from './peer/plaintext.ts';
import { type AnyContract, type Contract, contractOf } from './contract/contract.ts';
import { CertificateWatch } from './tls/certificate-watch.ts';
import { JwtStrategy } from './token/jwt.strategy.ts';
import { TokenVerifier } from './token/token-verifier.ts';

/** The folder with a service's `tls.crt`, `tls.key` and `ca.crt`, and the trust domain of its SPIFFE IDs. */
export interface TlsOptions {
  readonly folder: string;
  readonly trustDomain: string;
}

/** The settings that secure an app. No default weakens security. */
export interface AuthOptions {
  /** The service's own name: the name in its certificate, and the audience of the tokens it accepts. */
  readonly service: string;
  /** The issuer whose tokens the service accepts, or several. A URL stands for an issuer whose tokens are like our own. */
  readonly issuer: TrustedIssuers;
  /** The service's certificate. Only an app whose platform ends TLS has none. */
  readonly tls?: TlsOptions;
  /**
   * Without `tls`: the addresses outside this machine on which the app listens and calls in plain text, because the platform encrypts them. Each
   * exactly as in `url`: `0.0.0.0:50051`, `dns:///post:50051`. Default: none.
   */
  readonly plaintext?: readonly string[];
  /** How the app identifies the services that call it. Default: by their certificates, which needs `tls`. */
  readonly peer?: PeerOptions;
  /** The source of token revocations. */
  readonly revocations: RevocationOptions;
  /** The roles and services that rules may name. */
  readonly known: KnownNames;
  /**
   * Who guards the handlers other than rpcs. Default: AuthModule, by `@Access` on each HTTP handler and GraphQL resolver; a handler without it, or
   * of another transport, stops the start. `'own guard'`: the app itself.
   */
  readonly handlers?: HandlerGuard;
  /** The services that this one calls. It does not start if no rpc of a contract accepts its calls. */
  readonly calls?: readonly ClientConfig<DescService>[];
  /** The longest deadline of a call to them, and of a request in {@link CallRunner}, in milliseconds. Default: 2 seconds. */
  readonly deadlineMs?: number;
}

/** The settings that secure a service with rpcs. */
export interface ServiceAuthOptions extends AuthOptions {
  /** The contracts that this service serves. It does not start if one of their rpcs has no rule. */
  readonly serves: readonly AnyContract[];
}

/** The parts of a gRPC server that enforces the rules. */
export interface ServerSecurity {
  /** The contracts that the rules cover. The server serves these and no others. */
  readonly serves: readonly Pick<Contract, 'typeName' | 'descriptor'>[];
  /** The same contracts as a package definition for Nest and grpc-js. */
  readonly packageDefinition: Readonly<Record<string, ServiceDefinition>>;
  /** The credentials of a server that listens on this address. */
  readonly credentialsFor: (address: string) => ServerCredentials;
  /** The certificate behind the credentials. The health check reports its fault. */
  readonly certificate: Pick<CertificateWatch, 'fault' | 'onFault'>;
  /** The revocation check. The health check reports its fault. */
  readonly revocations: Pick<RevocationCheck, 'fault' | 'onFault'>;
  /** The clocks of the issuers compared with the service's. The health check reports their fault. */
  readonly clocks: Pick<IssuerClocks, 'fault' | 'onFault' | 'early'>;
  readonly interceptors: readonly ServerInterceptor[];
}

/** The injection token of {@link ServerSecurity}. */
export const SERVER_SECURITY = Symbol('ServerSecurity');

/** The injection token of the app's certificate, or of its absence. */
const IDENTITY = Symbol('Identity');

type Identity = CertificateWatch | Plaintext;

const CHANNELS = Symbol('Channels');

const REVOCATIONS = Symbol('Revocations');

type Channels = readonly { readonly contract: DescService; readonly client: object; readonly close: () => void }[];

/** The injection token of the client of a contract. */
const clientToken = (contract: DescService) => `client of ${contract.typeName}`;

/** Injects the typed client of a contract that the service `calls`: `@InjectClient(UserService) users: Client<typeof UserService>`. */
export const InjectClient = (contract: DescService) => Inject(clientToken(contract));

/** Secures an app: verifies peer and user, enforces the contract's rules, and carries the user's token to the services it calls. */
@Module({})
export class AuthModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    @Inject(CHANNELS) readonly channels: Channels,
    @Inject(IDENTITY) readonly identity: Identity,
    @Inject(REVOCATIONS) readonly revocations: KnownRevocations,
    readonly modules: ModulesContainer,
    @Optional() @Inject(SERVER_SECURITY) readonly security?: ServerSecurity,
  ) {}

  /** For a service that serves rpcs. `runService` of `@reputable/service` reads its {@link ServerSecurity}. */
  static forService(options: ServiceAuthOptions): DynamicModule {
    const serves = options.serves.map(contractOf);
    const rules = () => {
      checkTransactions({
        ...{ service: options.service, issuer: options.issuer, identifiesPeers: options.peer !== 'none' },
        canReplace: authIn(options.revocations) !== undefined,
        calls: (options.calls ?? []).map(({ contract }) => contract),
      });
      const builtIn = builtInRules(options.known.services);
      return new Map([...(options.peer === 'none' ? forAnyPeer(builtIn) : builtIn), ...checkedRules(serves, options)]);
    };
    const security: Provider = {
      provide: SERVER_SECURITY,
      useFactory: (identity: Identity, tokens: TokenVerifier): ServerSecurity => ({
        serves,
        packageDefinition: Object.fromEntries(serves.map(({ typeName, definition }) => [typeName, definition])),
        credentialsFor: (address) => identity.serverCredentialsFor(address),
        certificate: identity,
        revocations: tokens.revocations,
        clocks: tokens.clocks,
        interceptors: [new AccessServerInterceptor(rules(), peersOf(options, identity), tokens, codecsOf(serves)).intercept],
      }),
      inject: [IDENTITY, TokenVerifier],
    };
    return moduleOf(options, [security]);
  }

  /**
   * For the gateway, which serves no rpcs. Provides the {@link TokenVerifier}, clients that apply the services' rules before they call, and
   * {@link StaleClaims}, the users whose claims have changed.
   */
  static forGateway(options: AuthOptions): DynamicModule {
    const calls = (options.calls ?? []).map((call) => ({ ...call, refuseEarly: true }));
    return moduleOf({ ...options, calls }, [{ provide: StaleClaims, useValue: new StaleClaims() }]);
  }

  /** For an app that serves HTTP or GraphQL, and no rpcs. Each handler needs `@Access`. */
  static forHttp(options: AuthOptions): DynamicModule {
    return moduleOf(options, []);
  }

  /** Waits for the first revocation data, for five seconds at most, before the service accepts calls. */
  async onApplicationBootstrap(): Promise<void> {
    this.#checkServer();
    await this.revocations.ready;
  }

  /** @throws Error if the app has rpcs and serves them by a plain gRPC server, which would check nothing */
  #checkServer(): void {
    const rpc = handlersOf(this.modules).find(({ kind }) => kind === 'gRPC');
    if (!rpc || (this.security && securedServers.has(this.security))) return;
    throw new Error(
      `${rpc.name} is an rpc, but the app has no server of securedGrpc. Pass securedGrpc() to createMicroservice, before the start.`,
    );
  }

  onApplicationShutdown(): void {
    this.revocations.close();
    for (const { close } of this.channels) close();
    this.identity.close();
  }
}

function moduleOf(options: AuthOptions, more: readonly Provider[]): DynamicModule {
  const { service, tls, calls = [], deadlineMs = DEADLINE_MS } = options;
  const providers: Provider[] = [
    { provide: IDENTITY, useFactory: () => openIdentity(options) },
    ...(tls ? [{ provide: CertificateWatch, useExisting: IDENTITY }] : []),
    {
      provide: REVOCATIONS,
      useFactory: (identity: Identity, claims?: StaleClaims) => openRevocations(options.revocations, identity, claims),
      inject: [IDENTITY, { token: StaleClaims, optional: true }],
    },
    {
      provide: JwtStrategy,
      useFactory: async ({ check }: KnownRevocations, channels: Channels) => {
        const issuers = new Issuers(options.issuer, { service, attributes: options.known.attributes, clientOf: clientsIn(channels) });
        await issuers.discover();
        return new JwtStrategy(issuers, check);
      },
      inject: [REVOCATIONS, CHANNELS],
    },
    {
      provide: TokenVerifier,
      useFactory: (strategy: JwtStrategy) => new TokenVerifier(strategy),
      inject: [JwtStrategy],
    },
    { provide: CallRunner, useValue: new CallRunner(deadlineMs) },
    {
      provide: CHANNELS,
      useFactory: (identity: Identity): Channels => {
        const contracts = calls.map(({ contract }) => contract);
        checkedRules(contracts, options);
        if (options.peer !== 'none') checkCallers(contracts, service);
        const auth = openAuth(options, identity);
        const replacements = auth && new ReplacementTokens(auth.client);
        const channels = calls.map((call) => ({
          contract: call.contract,
          ...openForwarding({ deadlineMs, ...call }, identity, replacements),
        }));
        return auth ? [...channels, { contract: AuthService, ...auth }] : channels;
      },
      inject: [IDENTITY],
    },
    ...calls.map(({ contract }) => ({
      provide: clientToken(contract),
      useFactory: (channels: Channels) => clientsIn(channels)(contract),
      inject: [CHANNELS],
    })),
    ...more,
  ];
  const handlers = guardedHandlers(options.handlers ?? 'access', options.known);
  return { module: AuthModule, global: true, providers: [...providers, ...handlers], exports: providers };
}

function openIdentity({ service, tls, plaintext }: AuthOptions): Identity | Promise<Identity> {
  return tls ? CertificateWatch.open({ ...tls, service }) : new Plaintext(plaintext);
}

/** Opens a client of the auth service, which replaces Transaction Tokens, if the app knows where it is. */
function openAuth({ revocations, deadlineMs = DEADLINE_MS }: AuthOptions, identity: Identity) {
  const auth = authIn(revocations);
  return auth && openClient({ contract: AuthService, ...auth, deadlineMs }, identity);
}

/** The auth service that the app knows from its revocation stream. */
const authIn = (revocations: RevocationOptions) =>
  'from' in revocations && revocations.from === 'stream' ? { service: revocations.service, url: revocations.url } : undefined;

const checkedRules = (contracts: readonly AnyContract[], { known, peer }: AuthOptions) =>
  rulesOf(contracts, known, peer === 'none' ? 'none' : 'identified');

function peersOf({ service, tls, peer = { from: 'tls' } }: AuthOptions, identity: Identity) {
  const certificates = tls && identity instanceof CertificateWatch ? { trustDomain: tls.trustDomain, trust: identity } : undefined;
  return openPeers(peer, service, certificates);
}

const clientsIn =
  (channels: Channels): ClientOf =>
  <S extends DescService>(contract: S) => {
    const channel = channels.find((one) => one.contract === contract);
    if (!channel) throw new Error(`calls does not list ${contract.typeName}.`);
    return channel.client as Client<S>;
  };
