import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { type AuthenticatedUser, CurrentUser } from '@reputable/auth';
import { AuditEventType } from '@reputable/contracts/auth/v1/auth';
import { MAX_ID } from '@reputable/database';
import { page, valid } from '@reputable/request';
import { DataSource } from 'typeorm';
import type { z } from 'zod';
import { storeEvents } from './audit.ts';
import type { EventRow } from './audit-event.ts';
import * as requests from './audit.requests.ts';
import type { EventType } from './event-type.ts';
import { TRUST_DOMAIN } from './origin.interceptor.ts';
import { spiffeId } from './origin.ts';
import { EVENTS_OF_USER, type SecurityEventRow, toMessage } from './security-event.ts';

/** The rpcs of AuthService about the audit log: one stores the decisions of other services, and one lists the events about a user. */
@Controller()
export class AuditController {
  constructor(
    readonly dataSource: DataSource,
    @Inject(TRUST_DOMAIN) readonly trustDomain: string,
  ) {}

  @GrpcMethod('AuthService')
  async recordAuditEvent(request: unknown) {
    await storeEvents(this.dataSource.manager, [this.#rowOf(valid(requests.RecordAuditEvent, request))]);
    return {};
  }

  @GrpcMethod('AuthService')
  async listSecurityEvents(@Payload() request: unknown, @CurrentUser() user: AuthenticatedUser) {
    const { pageSize, pageToken = MAX_ID } = valid(requests.ListSecurityEvents, request);
    const events = await this.dataSource.query<SecurityEventRow[]>(EVENTS_OF_USER, [user.id, pageToken, pageSize + 1]);
    const { rows, nextPageToken } = page(events, pageSize);
    return { events: rows.map(toMessage), nextPageToken };
  }

  #rowOf({ id, occurredAt, type, role, peer, ...of }: z.output<typeof requests.RecordAuditEvent>): EventRow {
    return {
      ...{ id, time: occurredAt.toISOString(), type: AuditEventType[type].toLowerCase() as EventType, outcome: 'success', count: 1 },
      ...{ actor_type: 'user', actor_id: of.actorId, user_id: of.userId, session_id: of.sessionId, client_id: of.clientId },
      ...{ peer: spiffeId(this.trustDomain, peer), address: of.clientAddress, trace_id: of.traceId, txn: of.txn },
      details: role === undefined ? {} : { role },
    };
  }
}
