import { type Service, services } from './services.ts';

type Entry = (typeof services)[number];

export type ServiceName = Entry['name'];
/** The services that listen for gRPC: all except the gateway. */
export type GrpcServiceName = Extract<Entry, { readonly grpc: number }>['name'];
export type EntryOf<N extends ServiceName> = Extract<Entry, { readonly name: N }>;
/** The services that a service connects to. */
export type PeerOf<N extends ServiceName> = Exclude<'auth' | EntryOf<N>['calls'][number] | EntryOf<N>['informs'][number], N>;

export type SecretName = Entry['secrets'][number];

/** An entry of the registry. */
export interface RegisteredService extends Service {
  readonly name: ServiceName;
  readonly calls: readonly GrpcServiceName[];
  readonly informs: readonly GrpcServiceName[];
  readonly secrets: readonly SecretName[];
}

/** The entries of the registry, all as one type. */
export const registry: readonly RegisteredService[] = services;

/** The names of all secrets. */
export const SECRETS: readonly SecretName[] = [...new Set(registry.flatMap(({ secrets }) => secrets))];

/** The names of all services, as in their certificates. A service does not start if a rule names any other service. */
export const SERVICES: readonly ServiceName[] = registry.map(({ name }) => name);

/** The names of the services that listen for gRPC. */
export const GRPC_SERVICES: readonly GrpcServiceName[] = registry.flatMap(({ name, grpc }) =>
  grpc === undefined ? [] : [name as GrpcServiceName],
);

/** The entry of a service. */
export function entryOf(name: string): RegisteredService {
  const entry = registry.find((each) => each.name === name);
  if (!entry) throw new Error(`"${name}" is not a service. The services are ${SERVICES.join(', ')}.`);
  return entry;
}

/** The services that a service connects to: auth, for the revocation stream, those that it calls, and those that it informs. */
export const peersOf = ({ name, calls, informs }: RegisteredService): readonly GrpcServiceName[] =>
  [...new Set<GrpcServiceName>(['auth', ...calls, ...informs])].filter((peer) => peer !== name);

/** The setting with the gRPC target of a service: `POST_URL`. */
export const urlSettingOf = (name: string): string => `${name.toUpperCase()}_URL`;
