import { Controller, Get, Inject, Param, Query, Req, Res, UseFilters } from '@nestjs/common';
import { sendPage } from '@reputable/page';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { API } from '../client/api-resource.ts';
import { forgetNext, nextIn } from '../outside-session/log-out-cookie.ts';
import { OutsideProviders } from '../outside-provider/outside-providers.ts';
import { PageFilter } from '../page/refusal.ts';
import { loggedOut } from './logged-out-page.ts';

/** Where a provider sends the browser after a log-out there. It goes on to the application that has sent it to the log-out, if one has. */
@Controller('log-in-with/:provider/logged-out')
@UseFilters(PageFilter)
export class LoggedOutController {
  constructor(
    readonly providers: OutsideProviders,
    /** The API at the gateway, where users log in. */
    @Inject(API) readonly api: string,
  ) {}

  @Get()
  async back(@Param('provider') id: string, @Query('state') state: unknown, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const next = typeof state === 'string' ? nextIn(request, state) : undefined;
    if (next === undefined) return sendPage(reply, 200, loggedOut(this.providers.find(id)?.label, new URL('/auth/login', this.api).href));
    void reply.headers({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', 'set-cookie': forgetNext(String(state)) });
    return reply.redirect(next, 303);
  }
}
