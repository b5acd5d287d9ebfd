import { Body, Get, Post, Req, Res } from '@nestjs/common';
import { type Client, InjectClient } from '@reputable/auth';
import { AuthService } from '@reputable/contracts/auth/v1/auth';
import { sendPage } from '@reputable/page';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { addressOf } from '../http/address.ts';
import { AccountController } from './account-controller.ts';
import { IdForm, readForm } from './form.ts';
import { shownError } from './form-error.ts';
import { LOG_INS, logInsPage } from './log-ins-page.ts';
import { Notices } from './notices.ts';

/** The page of the linked log-ins. */
@AccountController(LOG_INS)
export class LogInsController {
  constructor(
    @InjectClient(AuthService) readonly auth: Client<typeof AuthService>,
    readonly notices: Notices,
  ) {}

  @Get()
  async list(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const list = await this.auth.listLinkedLogIns({});
    await sendPage(reply, 200, logInsPage(list, { notice: await this.notices.take(request, reply) }));
  }

  @Post('unlink')
  async unlink(@Body() body: unknown, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const { id } = readForm(IdForm, body);
    try {
      await this.auth.unlinkLogIn({ id, address: addressOf(request) });
      await this.notices.redirect(request, reply, LOG_INS, { text: 'The log-in is unlinked.' });
    } catch (error) {
      const { status, problems } = shownError(reply, error);
      await sendPage(reply, status, logInsPage(await this.auth.listLinkedLogIns({}), { problems }));
    }
  }
}
