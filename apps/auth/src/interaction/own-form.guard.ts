import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { SERVER_SETTINGS, type ServerSettings } from '../provider/authorization-server.ts';
import { sentFromElsewhere } from './refusal.ts';

/**
 * Lets a form pass that a page of ours has sent. Browsers say where a form comes from, and no page can make them say otherwise. Who says
 * nothing is refused.
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
