import type { ClientOptions } from '@grpc/grpc-js';

/** The age at which a client replaces its connections, and so finds added replicas, in milliseconds. */
export const CONNECTION_AGE_MS = 20_000;

/** The longest pause between two attempts to connect, in milliseconds. grpc-js varies it by a fifth. */
export const LONGEST_BACKOFF_MS = 500;

/** Options of a grpc-js channel: how soon it finds replicas that have started or are back. For other clients of the same servers, too. */
export const RECONNECTS: ClientOptions = {
  // grpc-js's default waits up to two minutes between connection attempts. A replica that has started must have its callers before the next one,
  // which serves for a second after its signal to stop, is gone.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': LONGEST_BACKOFF_MS,
  // grpc-js's default of 30 s between DNS look-ups delays the discovery of new and stopped replicas.
  'grpc.dns_min_time_between_resolutions_ms': 1_000,
};
