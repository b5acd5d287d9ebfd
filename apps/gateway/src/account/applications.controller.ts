import { Body, Get, Post, Query, Req, Res } from '@nestjs/common';
import { type Client, InjectClient } from '@reputable/auth';
import { AuthService } from '@reputable/contracts/auth/v1/auth';
import { sendPage } from '@reputable/page';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { addressOf } from '../http/address.ts';
import { AccountController } from './account-controller.ts';
import { APPLICATIONS, applicationsPage } from './applications-page.ts';
import { IdForm, readForm } from './form.ts';
import { shownError } from './form-error.ts';
import { Notices } from './notices.ts';
import { pageTokenOf } from './paging.ts';

/** The page of the applications that the user has allowed to use the account. */
@AccountController(APPLICATIONS)
export class ApplicationsController {
  constructor(
    @InjectClient(AuthService) readonly auth: Client<typeof AuthService>,
    readonly notices: Notices,
  ) {}

  @Get()
  async list(@Query('after') after: unknown, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const list = await this.auth.listAllowedApplications({ pageToken: pageTokenOf(after) });
    await sendPage(reply, 200, applicationsPage(list, { notice: await this.notices.take(request, reply) }));
  }

  @Post('disallow')
  async disallow(@Body() body: unknown, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const { id } = readForm(IdForm, body);
    try {
      await this.auth.disallowApplication({ id, address: addressOf(request) });
      await this.notices.redirect(request, reply, APPLICATIONS, { text: 'The application cannot use your account any more.' });
    } catch (error) {
      const { status, problems } = shownError(reply, error);
      await sendPage(reply, status, applicationsPage(await this.auth.listAllowedApplications({}), { problems }));
    }
  }
}
