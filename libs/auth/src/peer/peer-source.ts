import type { Metadata, ServerInterceptingCallInterface } from '@grpc/grpc-js';

/** Identifies the service at the other end of a call. */
export interface PeerSource {
  /** The trust domain of the peers' SPIFFE IDs, if they have SPIFFE IDs. */
  readonly trustDomain?: string;
  /** The peer's service name; undefined if the peer cannot be identified. Called once for each call, and every second for an open stream. */
  serviceOf(call: ServerInterceptingCallInterface, metadata: Metadata): string | undefined;
}
