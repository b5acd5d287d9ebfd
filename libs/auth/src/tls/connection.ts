import type { ServerInterceptingCallInterface } from '@grpc/grpc-js';
import type { TLSSocket } from 'node:tls';

/** The part of an HTTP/2 session that we use. */
export interface Connection {
  /** Accepts no more calls, and closes the connection after the last open one. */
  close(): void;
  readonly socket?: Pick<TLSSocket, 'remoteAddress' | 'getPeerX509Certificate'>;
}

/** The HTTP/2 session of a call, which grpc-js does not expose. */
export function connectionOf(call: ServerInterceptingCallInterface): Connection | undefined {
  const { stream } = call as { stream?: { session?: Connection } };
  return stream?.session;
}
