import type { ServerInterceptingCallInterface } from '@grpc/grpc-js';
import type { Socket } from 'node:net';

/** The part of an HTTP/2 session that we use. */
export interface Connection {
  /** Accepts no more calls, and closes the connection after the last open one. */
  close(): void;
  readonly socket?: Pick<Socket, 'remoteAddress'>;
}

/** The HTTP/2 session of a call, which grpc-js does not expose. */
export function connectionOf(call: ServerInterceptingCallInterface): Connection | undefined {
  const { stream } = call as { stream?: { session?: Connection } };
  return stream?.session;
}
