import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { SERVER_SETTINGS, type ServerSettings } from '../provider/authorization-server.ts';
import { sentFromElsewhere } from '../page/refusal.ts';

/**
 * Accepts forms from our own pages only. Browsers send the origin of a form in headers that no page can set. A request without them is
 * refused.
 */
@Injectable()
export class OwnFormGuard implements CanActivate {
  readonly #origin: string;

  constructor(@Inject(SERVER_SETTINGS) { issuer }: ServerSettings) {
    this.#origin = new URL(issuer).origin;
  }

  /** @throws Refusal */
  canActivate(context: ExecutionContext): true {
    const { headers } = context.switchToHttp().getRequest<FastifyRequest>();
    const site = headers['sec-fetch-site'];
    const ours = site === undefined ? headers.origin === this.#origin : site === 'same-origin';
    if (!ours) throw sentFromElsewhere();
    return true;
  }
}
