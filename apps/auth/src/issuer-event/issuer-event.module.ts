import { Module } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { OutsideSessionModule } from '../outside-session/outside-session.module.ts';
import { SessionModule } from '../session/session.module.ts';
import { EventPolling } from './event-polling.ts';
import { IssuerEvents } from './issuer-events.ts';
import { EVENT_TYPE, IssuerEventsController } from './issuer-events.controller.ts';

/** The largest accepted security event token, in bytes. */
const MAX_BYTES = 65_536;

/** Events at other issuers: log-outs, changed claims, disabled accounts (RFC 8417, RFC 8935, RFC 8936, OpenID Connect Back-Channel Logout). */
@Module({
  imports: [OutsideSessionModule, SessionModule],
  controllers: [IssuerEventsController],
  providers: [IssuerEvents, EventPolling],
})
export class IssuerEventModule {
  constructor({ httpAdapter }: HttpAdapterHost) {
    const fastify = httpAdapter.getInstance<FastifyInstance>();
    fastify.addContentTypeParser(EVENT_TYPE, { parseAs: 'string', bodyLimit: MAX_BYTES }, (_request, body, parsed) => {
      parsed(null, body);
    });
  }
}
