import { type CallHandler, type ExecutionContext, Inject, Injectable, type NestInterceptor } from '@nestjs/common';
import { CallRunner } from '@reputable/auth';
import type { FastifyRequest } from 'fastify';
import { browserSessionMissing } from '../browser-session/browser-session.errors.ts';
import { BrowserUser } from '../browser-session/browser-user.ts';
import { refuseCrossSiteForm } from '../browser-session/cross-site.ts';
import { BROWSER_SESSION_OPTIONS, type BrowserSessionOptions } from '../browser-session/options.ts';

/** Runs the handler of a page as the user of the browser's session. The calls of the handler carry the user's token. */
@Injectable()
export class AsBrowserUser implements NestInterceptor {
  constructor(
    readonly users: BrowserUser,
    readonly calls: CallRunner,
    @Inject(BROWSER_SESSION_OPTIONS) readonly options: Pick<BrowserSessionOptions, 'origin'>,
  ) {}

  /** @throws DomainError as {@link BrowserUser.of}, and BROWSER_SESSION_ENDED without a cookie */
  async intercept(context: ExecutionContext, next: CallHandler): Promise<ReturnType<CallHandler['handle']>> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    // Also without a cookie: browsers do not send it with the forms of other sites.
    refuseCrossSiteForm(request, this.options.origin);
    const token = await this.users.of(request, refuseCrossSiteForm);
    if (!token) throw browserSessionMissing();
    return this.calls.runAs(token, () => next.handle());
  }
}
