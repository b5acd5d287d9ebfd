import type { AccessRule } from './access-rule.ts';

const METHODS = [
  '/grpc.health.v1.Health/Check',
  '/grpc.health.v1.Health/List',
  '/grpc.health.v1.Health/Watch',
  '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
  '/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo',
];

/** The rules of gRPC's rpcs for health and reflection, which no contract of ours declares. Every service may call them, if a server has them. */
export const builtInRules = (services: readonly string[]): ReadonlyMap<string, AccessRule> =>
  new Map(
    METHODS.map((path) => [path, { path, who: 'service', anyRole: [], minReputation: 0, scopes: [], attributes: [], callers: services }]),
  );
