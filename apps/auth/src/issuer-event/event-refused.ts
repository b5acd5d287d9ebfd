import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

/** Why a security event token is refused (RFC 8935 §2.4). */
export type EventError =
  'invalid_request' | 'invalid_key' | 'invalid_issuer' | 'invalid_audience' | 'authentication_failed' | 'access_denied';

/** A security event token is refused. The transmitter receives the error and its description, which quotes nothing of the request. */
export class EventRefused extends Error {
  override readonly name = 'EventRefused';

  /** @param fault the reason for the log, if the description has less */
  constructor(
    readonly error: EventError,
    readonly description: string,
    readonly fault = description,
  ) {
    super(fault);
  }
}

const sent = new WeakSet<FastifyReply>();

/** Whether a response has the body that RFC 8935 prescribes for an error. */
export const isEventRefusal = (reply: FastifyReply) => sent.has(reply);

/** Responds to a refused security event token (RFC 8935 §2.3). */
@Catch(EventRefused)
export class EventRefusedFilter implements ExceptionFilter<EventRefused> {
  catch({ error, description }: EventRefused, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    sent.add(reply);
    void reply.code(400).headers({ 'content-type': 'application/json', 'content-language': 'en', 'cache-control': 'no-store' });
    void reply.send(JSON.stringify({ err: error, description }));
  }
}
