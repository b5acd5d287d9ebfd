export { registryFaults } from './faults.ts';
export {
  type EntryOf,
  entryOf,
  GRPC_SERVICES,
  type GrpcServiceName,
  type PeerOf,
  peersOf,
  type RegisteredService,
  registry,
  type SecretName,
  SECRETS,
  type ServiceName,
  SERVICES,
  urlSettingOf,
} from './registry.ts';
export { type Service, TRUST_DOMAIN } from './services.ts';
export { startOrder } from './start-order.ts';
