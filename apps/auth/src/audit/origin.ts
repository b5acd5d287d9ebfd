import { currentCall, spiffeIdOf } from '@reputable/auth';
import { AsyncLocalStorage } from 'node:async_hooks';

/** Where a request comes from. */
export interface Origin {
  /** The SPIFFE ID of the calling service; undefined if the request comes by HTTP. */
  readonly peer?: string | undefined;
  /** The client's IP address; undefined if it is not known. */
  readonly address?: string | undefined;
  /** Whether an operator runs a command. */
  readonly isCommand?: boolean;
}

const storage = new AsyncLocalStorage<Origin>();

/** Runs `work`, and everything it starts, with this origin. Audit events that it records have it. */
export const runFrom = <T>(origin: Origin, work: () => T): T => storage.run(origin, work);

/** The origin of the current request; empty outside of requests. */
export const currentOrigin = (): Origin => storage.getStore() ?? {};

/** The SPIFFE ID of a peer, by its name; undefined if it is unknown. */
export const spiffeId = (trustDomain: string, service: string | undefined) =>
  service === undefined ? undefined : spiffeIdOf(service, trustDomain);

/** Who caused an event. */
export interface Actor {
  readonly type: 'user' | 'client' | 'service' | 'issuer' | 'operator' | 'anonymous';
  /** The id of the user or client, the SPIFFE ID of the service, or the URL of the issuer. */
  readonly id?: string | undefined;
}

/** The actor of the current request: its user, or the calling service. Outside of requests the operator of a command, or this service itself. */
export function currentActor(): Actor {
  const id = currentCall()?.user?.id;
  if (id !== undefined) return { type: 'user', id };
  const origin = storage.getStore();
  if (!origin) return { type: 'service' };
  const { peer, isCommand } = origin;
  if (isCommand) return { type: 'operator' };
  return peer === undefined ? { type: 'anonymous' } : { type: 'service', id: peer };
}
