export {
  type Advice,
  Code,
  DomainError,
  errorsOf,
  type FieldViolation,
  fromServiceError,
  LOOK_FIRST,
  toStatus,
  TRY_AGAIN,
  TRY_AGAIN_WITH_KEY,
} from '@reputable/errors';
export { serviceDefinition } from '@reputable/contracts';
export {
  AuthModule,
  type AuthOptions,
  InjectClient,
  SERVER_SECURITY,
  type ServerSecurity,
  type ServiceAuthOptions,
  type TlsOptions,
} from './auth.module.ts';
export { type AccessRule, type KnownNames, ruleOf, rulesOf } from './access/access-rule.ts';
export { type Attributes, AuthenticatedUser } from './access/authenticated-user.ts';
export type { CheckObserver } from './access/check-observer.ts';
export { isForOneCall, type Transaction } from './access/transaction.ts';
export { refusePeer, refuseUser } from './access/decide.ts';
export { reputationTooLow, tokenExpired, tokenInvalid, tokenMistyped, tokenRevoked } from './access/denials.ts';
export type { AnyContract, Contract, Rpc } from './contract/contract.ts';
export { fromTsProto, type TsProtoService } from './contract/ts-proto.ts';
export { AccessServerInterceptor } from './call/access.server-interceptor.ts';
export { type CallContext, currentCall, currentUser, runInCall } from './call/call-context.ts';
export { type ClientConfig, type ClientIdentity, openClient } from './call/client.ts';
export { CONNECTION_AGE_MS, LONGEST_BACKOFF_MS, RECONNECTS } from './call/connection-options.ts';
export { CurrentPeer, CurrentUser, OptionalUser } from './call/current-user.ts';
export { Access, type AccessOptions } from './http/access.decorator.ts';
export { AccessGuard } from './http/access.guard.ts';
export type { HandlerGuard } from './http/guarded-handlers.ts';
export { ProblemFilter } from './http/problem.filter.ts';
export { challengeOf } from './refusal/challenge.ts';
export { httpStatus } from './refusal/http-status.ts';
export { problemOf } from './refusal/problem.ts';
export { RefusalLog, type RefusalLogOptions, type RefusedCall } from './refusal/refusal-log.ts';
export { DomainErrorFilter } from './call/domain-error.filter.ts';
export { toRpcException } from './call/rpc-exception.ts';
export { CallRunner } from './call/call-runner.ts';
export { type RequestCodecs, requestHashOf } from './call/request-binding.ts';
export type { DecisionObserver } from './trace/decision-observer.ts';
export type { Client, ClientOf } from './contract/client.ts';
export type { ClaimsSource, LoadedClaims } from './issuer/claims-source.ts';
export type { VerifiedClaims } from './issuer/issuer.ts';
export type { IssuerAudience } from './issuer/issuer-audience.ts';
export {
  type Algorithm,
  ALGORITHM,
  CLOCK_SKEW_S,
  type FetchOptions,
  type IssuerKeys,
  type IssuerOptions,
  MAX_LIFETIME_S,
  type TokenType,
} from './issuer/issuer-options.ts';
export { ClockSkew, IssuerClocks, MAX_LEAD_S } from './issuer/issuer-clocks.ts';
export { Issuers, type TrustedIssuers } from './issuer/issuers.ts';
export { type Claims, ClaimsError, type MapClaims, type MappedUser } from './issuer/mapped-user.ts';
export { auth0 } from './issuer/auth0.ts';
export { cognito } from './issuer/cognito.ts';
export { entraId } from './issuer/entra-id.ts';
export { keycloak } from './issuer/keycloak.ts';
export { oryHydra } from './issuer/ory-hydra.ts';
export { reputableClaims } from './issuer/reputable-claims.ts';
export { isLoopback, isPrivate } from './issuer/private-url.ts';
export { securedGrpc, type SecuredGrpcOptions, SHUTDOWN_MS } from './secured-grpc.ts';
export type { RevocationOptions } from './revocation/revocation-options.ts';
export type { RevocationCheck } from './token/revocation-check.ts';
export { GRACE_MS, type Revocation, TokenRevocations, UNTIL_EXPIRY } from './revocation/token-revocations.ts';
export { RevocationStream, type RevocationSource } from './revocation/revocation-stream.ts';
export { StaleClaims } from './revocation/stale-claims.ts';
export { CertificateWatch } from './tls/certificate-watch.ts';
export { channelCredentials, serverCredentials } from './tls/credentials.ts';
export { type CertificateRevocations, type CertificateTrust, PeerReader } from './tls/peer.ts';
export { RenewedClient } from './tls/renewed-client.ts';
export { spiffeIdOf } from './tls/spiffe-id.ts';
export type { PeerOptions } from './peer/peer-options.ts';
export type { PeerSource } from './peer/peer-source.ts';
export { Plaintext } from './peer/plaintext.ts';
export { type XfccOptions, XfccPeers } from './peer/xfcc-peers.ts';
export type { OutgoingTokens, VerifiedToken } from './token/access-token.ts';
export { pseudonymOf } from './trace/pseudonym.ts';
export { attempt, type Outcome } from './token/attempt.ts';
export { JwtStrategy } from './token/jwt.strategy.ts';
export { refusalFor, TokenRefusal } from './token/token-refusal.ts';
export { TokenVerifier } from './token/token-verifier.ts';
