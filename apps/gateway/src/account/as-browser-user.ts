import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { browserSessionEnded } from '../browser-session/browser-session.errors.ts';
import { BrowserUser } from '../browser-session/browser-user.ts';
import { refuseCrossSiteForm } from '../browser-session/cross-site.ts';
import { runAs } from '../http/run-as.ts';

/** Runs the handler of a page as the user of the browser's session. The calls of the handler carry the user's token. */
@Injectable()
export class AsBrowserUser implements NestInterceptor {
  constructor(readonly users: BrowserUser) {}

  /** @throws DomainError as {@link BrowserUser.of}, and BROWSER_SESSION_ENDED without a cookie */
  async intercept(context: ExecutionContext, next: CallHandler): Promise<ReturnType<CallHandler['handle']>> {
    const token = await this.users.of(context.switchToHttp().getRequest<FastifyRequest>(), refuseCrossSiteForm);
    if (!token) throw browserSessionEnded();
    return runAs(token, () => next.handle());
  }
}
