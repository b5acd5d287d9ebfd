import { type EntryOf, entryOf, type PeerOf, peersOf, type ServiceName, urlSettingOf } from '@reputable/contracts/registry';
import { grpcTarget, port } from './config.ts';

interface HttpPort {
  /** The port for HTTP. */
  readonly PORT: ReturnType<typeof port>;
}
interface GrpcPort {
  /** The port for gRPC. */
  readonly GRPC_PORT: ReturnType<typeof port>;
}

/** The settings for the ports of a service and for the addresses of its peers. */
type Addresses<N extends ServiceName> = (EntryOf<N> extends { readonly http: number } ? HttpPort : unknown) &
  (EntryOf<N> extends { readonly grpc: number } ? GrpcPort : unknown) & {
    readonly [Peer in PeerOf<N> as `${Uppercase<Peer>}_URL`]: ReturnType<typeof grpcTarget>;
  };

/**
 * The settings that derive from a service's entry in the registry: `PORT` and `GRPC_PORT` with its ports as defaults, and a setting such as
 * `POST_URL` for each service that it connects to.
 */
export function addresses<N extends ServiceName>(name: N): Addresses<N> {
  const entry = entryOf(name);
  return {
    ...(entry.http !== undefined && { PORT: port(entry.http) }),
    ...(entry.grpc !== undefined && { GRPC_PORT: port(entry.grpc) }),
    ...Object.fromEntries(peersOf(entry).map((peer) => [urlSettingOf(peer), grpcTarget(peer)])),
  } as Addresses<N>;
}
