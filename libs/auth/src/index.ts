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
export { AuthenticatedUser } from './access/authenticated-user.ts';
export { refusePeer, refuseUser } from './access/decide.ts';
export { reputationTooLow, tokenExpired, tokenInvalid, tokenMistyped, tokenRevoked } from './access/denials.ts';
export type { AnyContract, Contract, Rpc } from './contract/contract.ts';
export { fromTsProto, type TsProtoService } from './contract/ts-proto.ts';
export { AccessServerInterceptor } from './call/access.server-interceptor.ts';
export { type CallContext, currentCall, currentUser, runInCall } from './call/call-context.ts';
export { type Client, type ClientConfig, type ClientIdentity, openClient } from './call/client.ts';
export { CurrentPeer, CurrentUser, OptionalUser } from './call/current-user.ts';
export { DomainErrorFilter } from './call/domain-error.filter.ts';
export { DEADLINE_MS } from './call/unary-call.ts';
export { securedGrpc, type SecuredGrpcOptions, SHUTDOWN_MS } from './secured-grpc.ts';
export type { RevocationOptions } from './revocation/revocation-options.ts';
export type { RevocationCheck } from './token/revocation-check.ts';
export { GRACE_MS, type Revocation, TokenRevocations, UNTIL_EXPIRY } from './revocation/token-revocations.ts';
export { RevocationStream, type RevocationSource } from './revocation/revocation-stream.ts';
export { StaleClaims } from './revocation/stale-claims.ts';
export { CertificateWatch } from './tls/certificate-watch.ts';
export { channelCredentials, serverCredentials } from './tls/credentials.ts';
export { PeerReader } from './tls/peer.ts';
export type { PeerOptions } from './peer/peer-options.ts';
export type { PeerSource } from './peer/peer-source.ts';
export { Plaintext } from './peer/plaintext.ts';
export { type XfccOptions, XfccPeers } from './peer/xfcc-peers.ts';
export { ALGORITHM, CLOCK_SKEW_S, MAX_LIFETIME_S, type VerifiedToken } from './token/access-token.ts';
export { KeySource, type KeySourceOptions } from './token/key-source.ts';
export { attempt, type Outcome } from './token/attempt.ts';
export { JwtStrategy } from './token/jwt.strategy.ts';
export { TokenRefusal } from './token/token-refusal.ts';
export { TokenVerifier } from './token/token-verifier.ts';
