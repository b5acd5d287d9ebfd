export { isLoopback, isPrivate } from '@reputable/auth';
export { addresses } from './addresses.ts';
export {
  authOptions,
  common,
  encryptionKey,
  grpcTarget,
  httpUrl,
  milliseconds,
  optionalPort,
  port,
  privateUrl,
  readConfig,
  required,
  revocationStream,
} from './config.ts';
export { arrivalTimes, maxConnections } from './http-bounds.ts';
export { closeSlowReaders } from './slow-readers.ts';
export { Drain } from './drain.ts';
export { CLOCK_HEALTH, FURTHER_HEALTH, GrpcHealth, type HealthPart, OUTBOX_HEALTH, REVOCATIONS_HEALTH, TLS_HEALTH } from './grpc-health.ts';
export { messageOf } from './message-of.ts';
export { isOutage } from './outage.ts';
export { runService } from './run-service.ts';
export { trustedProxies } from './trusted-proxies.ts';
