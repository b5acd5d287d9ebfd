import { currentCall } from '@reputable/auth';
import { newId } from '@reputable/database';
import { currentTraceId } from '@reputable/tracing';
import type { EventType } from './event-type.ts';
import { type Actor, currentActor, currentOrigin } from './origin.ts';

/** A security decision. It never contains a token, password, e-mail address or text that somebody has entered. */
export interface AuditEvent {
  readonly type: EventType;
  /** Default: `success`. */
  readonly outcome?: 'success' | 'failure';
  /** The reason of a refusal or of the end of a session, as a code. */
  readonly reason?: string;
  /** Who caused it. Default: {@link currentActor}. */
  readonly actor?: Actor;
  /** The user whom it is about. */
  readonly userId?: string | undefined;
  /** Default: the session of the current request. */
  readonly sessionId?: string | undefined;
  /** The OAuth client. Default: the client of the current request. */
  readonly clientId?: string | undefined;
  /** What else it is about: ids, scopes and codes. */
  readonly details?: Readonly<Record<string, string | number>>;
}

/** A row of the table `audit_event`. */
export interface EventRow {
  /** A UUIDv7. */
  readonly id: string;
  /** When it happened, in ISO 8601; by default when it is stored. */
  readonly time?: string | undefined;
  readonly type: EventType;
  readonly outcome: 'success' | 'failure';
  readonly reason?: string | undefined;
  /** How many events of one kind the row stands for. */
  readonly count: number;
  readonly actor_type: Actor['type'];
  readonly actor_id?: string | undefined;
  readonly user_id?: string | undefined;
  readonly session_id?: string | undefined;
  readonly client_id?: string | undefined;
  readonly peer?: string | undefined;
  readonly address?: string | undefined;
  readonly trace_id?: string | undefined;
  readonly txn?: string | undefined;
  readonly details: Readonly<Record<string, string | number>>;
}

/** The row of an event that happens now, in the current request. */
export function rowOf({ type, outcome = 'success', reason, actor = currentActor(), userId, details = {}, ...of }: AuditEvent): EventRow {
  const { peer, address } = currentOrigin();
  const { user, token } = currentCall() ?? {};
  return {
    ...{ id: newId(), type, outcome, reason, count: 1, actor_type: actor.type, actor_id: actor.id, user_id: userId },
    session_id: 'sessionId' in of ? of.sessionId : user?.sessionId,
    client_id: 'clientId' in of ? of.clientId : user?.clientId,
    ...{ peer, address, trace_id: currentTraceId(), txn: token?.transaction?.id, details },
  };
}
