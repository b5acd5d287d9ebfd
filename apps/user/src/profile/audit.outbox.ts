import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { Injectable } from '@nestjs/common';
import { type Client, currentCall, InjectClient } from '@reputable/auth';
import { AuditEventType, AuthService } from '@reputable/contracts/auth/v1/auth';
import { newId, Outbox } from '@reputable/database';
import { currentTraceId } from '@reputable/tracing';
import { DataSource } from 'typeorm';

/** What happened to a user, with the role if it is about one. */
export interface Decision {
  readonly type: Exclude<keyof typeof AuditEventType, 'UNSPECIFIED'>;
  readonly role?: string;
}

/** An event for auth's audit log, as the outbox stores it. */
interface StoredEvent extends Decision {
  readonly id: string;
  /** In milliseconds since the epoch. */
  readonly at: number;
  readonly userId: string;
  readonly actorId: string;
  readonly sessionId: string;
  readonly clientId: string;
  readonly peer: string;
  readonly clientAddress: string;
  readonly traceId: string;
  readonly txn: string;
}

/**
 * The event of a decision that the current call makes.
 *
 * @param clientAddress the client's IP address; empty if it is not known
 */
export function eventOf(userId: string, decision: Decision, clientAddress: string): StoredEvent {
  const { user, token, peer = '' } = currentCall() ?? {};
  return {
    ...{ ...decision, id: newId(), at: Date.now(), userId, peer, clientAddress, traceId: currentTraceId() ?? '' },
    ...{ actorId: user?.id ?? '', sessionId: user?.sessionId ?? '', clientId: user?.clientId ?? '' },
    txn: token?.transaction?.id ?? '',
  };
}

/** Delivers decisions about users to the audit log of auth, which stores each one once. */
@Injectable()
export class AuditOutbox extends Outbox<StoredEvent> {
  constructor(dataSource: DataSource, @InjectClient(AuthService) auth: Client<typeof AuthService>) {
    const deliver = async (events: StoredEvent[]) => {
      await Promise.all(
        events.map(({ type, at, ...rest }) =>
          auth.recordAuditEvent({ ...rest, type: AuditEventType[type], occurredAt: timestampFromMs(at) }),
        ),
      );
    };
    super({ dataSource, queue: 'audit_event', deliver });
  }
}
