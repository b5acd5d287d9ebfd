import { Body, Get, Post, Query, Req, Res } from '@nestjs/common';
import { type Client, InjectClient } from '@reputable/auth';
import { AuthService } from '@reputable/contracts/auth/v1/auth';
import { sendPage } from '@reputable/page';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { addressOf } from '../http/address.ts';
import { AccountController } from './account-controller.ts';
import { EmptyForm, IdForm, readForm } from './form.ts';
import { shownError } from './form-error.ts';
import { Notices } from './notices.ts';
import { pageTokenOf } from './paging.ts';
import { SESSIONS, sessionsPage } from './sessions-page.ts';

/** The page of the user's sessions. */
@AccountController(SESSIONS)
export class SessionsController {
  constructor(
    @InjectClient(AuthService) readonly auth: Client<typeof AuthService>,
    readonly notices: Notices,
  ) {}

  @Get()
  async list(@Query('after') after: unknown, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const list = await this.auth.listSessions({ pageToken: pageTokenOf(after) });
    await sendPage(reply, 200, sessionsPage(list, { notice: await this.notices.take(request, reply) }));
  }

  @Post('end')
  async end(@Body() body: unknown, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const { id } = readForm(IdForm, body);
    try {
      await this.auth.endSession({ id, address: addressOf(request) });
      await this.notices.redirect(request, reply, SESSIONS, { text: 'The session has ended.' });
    } catch (error) {
      const { status, problems } = shownError(reply, error);
      await sendPage(reply, status, sessionsPage(await this.auth.listSessions({}), { problems }));
    }
  }

  @Post('end-others')
  async endOthers(@Body() body: unknown, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    readForm(EmptyForm, body);
    const { ended } = await this.auth.endOtherSessions({ address: addressOf(request) });
    await this.notices.redirect(request, reply, SESSIONS, { text: `All other sessions have ended: ${String(ended)}.` });
  }
}
