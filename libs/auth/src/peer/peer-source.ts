import type { Metadata, ServerInterceptingCallInterface } from '@grpc/grpc-js';

/** Identifies the service at the other end of a call. */
export interface PeerSource {
  /** The peer's service name; undefined if the peer cannot be identified. Called once for each call, and every second for an open stream. */
  serviceOf(call: ServerInterceptingCallInterface, metadata: Metadata): string | undefined;
  /** The SPIFFE ID of a peer, by its service name; undefined if peers are not identified. */
  spiffeIdOf(service: string): string | undefined;
}
