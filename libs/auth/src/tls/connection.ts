import type { ServerInterceptingCallInterface } from '@grpc/grpc-js';
import { AsyncResource } from 'node:async_hooks';
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

/** Node.js numbers what a process opens, in this order. It documents neither the handle of a socket nor the number of a handle. */
interface Socket {
  readonly _handle?: { readonly getAsyncId?: () => number } | null;
}

/** The number of a socket: higher than those of all sockets that were opened before. 0 if Node.js does not tell it: it counts as the oldest. */
export const numberOf = (socket: object | undefined): number => (socket as Socket | undefined)?._handle?.getAsyncId?.() ?? 0;

/** A number higher than those of all sockets that are open, and lower than those of later ones. */
export const nextNumber = (): number => new AsyncResource('number').asyncId();
