import type { DescService } from '@bufbuild/protobuf';
import type { ServerCredentials, ServerInterceptor } from '@grpc/grpc-js';
import { type DynamicModule, Inject, Module, type OnApplicationBootstrap, type OnApplicationShutdown, type Provider } from '@nestjs/common';
import { packageDefinition } from '@reputable/contracts';
import { type KnownNames, rulesOf } from './access/access-rule.ts';
import { builtInRules } from './access/built-in-rules.ts';
import { AccessServerInterceptor } from './call/access.server-interceptor.ts';
import { type ClientConfig, openClient } from './call/client.ts';
import { type KnownRevocations, openRevocations, type RevocationOptions } from './revocation/revocation-options.ts';
import type { RevocationCheck } from './token/revocation-check.ts';
import { StaleClaims } from './revocation/stale-claims.ts';
import { CertificateWatch } from './tls/certificate-watch.ts';
import { serverCredentials } from './tls/credentials.ts';
import { PeerReader } from './tls/peer.ts';
import { KeySource, type KeySourceOptions } from './token/key-source.ts';
import { JwtStrategy } from './token/jwt.strategy.ts';
import { TokenVerifier } from './token/token-verifier.ts';

/** What a service must say to be secured. Nothing of it has a default that leaves anything open. */
export interface AuthOptions {
  /** The service's own name: in its certificate, and among the audiences of the tokens it accepts. */
  readonly service: string;
  /** The issuer whose tokens are accepted, and how its keys are fetched. */
  readonly issuer: string;
  readonly keys: KeySourceOptions;
  /** The folder with the service's `tls.crt`, `tls.key` and `ca.crt`, and the trust domain of its SPIFFE IDs. */
  readonly tls: { readonly folder: string; readonly trustDomain: string };
  /** How the service learns which tokens are revoked. */
  readonly revocations: RevocationOptions;
  /** The names that rules may use. */
  readonly known: KnownNames;
  /** The services this one calls. */
  readonly calls?: readonly ClientConfig<DescService>[];
}

/** What a service that serves rpcs must say in addition. */
export interface ServiceAuthOptions extends AuthOptions {
  /** The contracts this service serves. Every rpc in them has a rule, or the service does not start. */
  readonly serves: readonly DescService[];
}

/** What a gRPC server needs so that nothing gets past the rules. */
export interface ServerSecurity {
  /** The contracts that the rules are of: what may be served, and nothing else. */
  readonly serves: readonly DescService[];
  /** The same, as Nest's and grpc-js's package definition. */
  readonly packageDefinition: ReturnType<typeof packageDefinition>;
  readonly credentials: ServerCredentials;
  /** What the credentials are made from: the health check says whether there is a fault. */
  readonly certificate: Pick<CertificateWatch, 'fault' | 'onFault'>;
  /** How tokens that are revoked are known: the health check says whether there is a fault. */
  readonly revocations: Pick<RevocationCheck, 'fault' | 'onFault'>;
  readonly interceptors: readonly ServerInterceptor[];
}

/** The provider of {@link ServerSecurity}. */
export const SERVER_SECURITY = Symbol('ServerSecurity');

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
    readonly certificate: CertificateWatch,
    @Inject(REVOCATIONS) readonly revocations: KnownRevocations,
  ) {}

  /** For a service with rpcs of its own. `runService` of `@reputable/service` puts its {@link ServerSecurity} to use. */
  static forService(options: ServiceAuthOptions): DynamicModule {
    const rules = () => new Map([...builtInRules(options.known.services), ...rulesOf(options.serves, options.known)]);
    const security: Provider = {
      provide: SERVER_SECURITY,
      useFactory: (certificate: CertificateWatch, tokens: TokenVerifier): ServerSecurity => ({
        serves: options.serves,
        packageDefinition: packageDefinition(options.serves),
        credentials: serverCredentials(certificate),
        certificate,
        revocations: tokens.revocations,
        interceptors: [new AccessServerInterceptor(rules(), new PeerReader(options.tls.trustDomain, certificate), tokens).intercept],
      }),
      inject: [CertificateWatch, TokenVerifier],
    };
    return moduleOf(options, [security]);
  }

  /**
   * For the gateway, which has no rpcs: it verifies with the {@link TokenVerifier}, refuses early what services would refuse, and is told by
   * {@link StaleClaims} whose tokens no longer say what is right.
   */
  static forGateway(options: AuthOptions): DynamicModule {
    const calls = (options.calls ?? []).map((call) => ({ ...call, refuseEarly: true }));
    return moduleOf({ ...options, calls }, [{ provide: StaleClaims, useValue: new StaleClaims() }]);
  }

  /** A service that can know which tokens are revoked takes no calls before it does; one that cannot starts all the same. */
  async onApplicationBootstrap(): Promise<void> {
    await this.revocations.ready;
  }

  onApplicationShutdown(): void {
    this.revocations.close();
    for (const { close } of this.channels) close();
    this.certificate.close();
  }
}

function moduleOf(options: AuthOptions, more: readonly Provider[]): DynamicModule {
  const { service, tls, calls = [] } = options;
  const providers: Provider[] = [
    { provide: CertificateWatch, useFactory: () => CertificateWatch.open({ ...tls, service }) },
    {
      provide: REVOCATIONS,
      useFactory: (certificate: CertificateWatch, claims?: StaleClaims) => openRevocations(options.revocations, certificate, claims),
      inject: [CertificateWatch, { token: StaleClaims, optional: true }],
    },
    {
      provide: JwtStrategy,
      useFactory: ({ check }: KnownRevocations) =>
        new JwtStrategy(new KeySource(options.keys), { issuer: options.issuer, audience: service }, check),
      inject: [REVOCATIONS],
    },
    {
      provide: TokenVerifier,
      useFactory: (strategy: JwtStrategy) => new TokenVerifier(strategy),
      inject: [JwtStrategy],
    },
    {
      provide: CHANNELS,
      useFactory: (certificate: CertificateWatch): Channels => {
        rulesOf(
          calls.map(({ contract }) => contract),
          options.known,
        );
        return calls.map((call) => ({
          contract: call.contract,
          ...openClient(call, certificate),
        }));
      },
      inject: [CertificateWatch],
    },
    ...calls.map(({ contract }) => ({
      provide: clientToken(contract),
      useFactory: (channels: Channels) => channels.find((channel) => channel.contract === contract)?.client,
      inject: [CHANNELS],
    })),
    ...more,
  ];
  return { module: AuthModule, global: true, providers, exports: providers };
}
