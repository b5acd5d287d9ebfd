import { Body, Get, Post, Query, Req, Res } from '@nestjs/common';
import { type Client, InjectClient } from '@reputable/auth';
import { AuthService } from '@reputable/contracts/auth/v1/auth';
import { sendPage } from '@reputable/page';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { addressOf } from '../http/address.ts';
import { AccountController } from './account-controller.ts';
import { IdForm, readForm } from './form.ts';
import { shownError } from './form-error.ts';
import { Notices } from './notices.ts';
import { pageTokenOf } from './paging.ts';
import { type NewToken, TOKENS, tokensPage } from './tokens-page.ts';

/** A browser sends a field for each ticked box. */
const Create = z.strictObject({
  name: z.string(),
  scopes: z.union([z.array(z.string()), z.string().transform((scope) => [scope])]).default([]),
  expires_in_days: z
    .string()
    .regex(/^\d{1,3}$/)
    .transform(Number),
});

const LABELS = { name: 'Name', scopes: 'Scopes', expires_in_days: 'It expires after' };

/** The page of the user's personal access tokens. */
@AccountController(TOKENS)
export class TokensController {
  constructor(
    @InjectClient(AuthService) readonly auth: Client<typeof AuthService>,
    readonly notices: Notices,
  ) {}

  @Get()
  async list(@Query('after') after: unknown, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const list = await this.auth.listPersonalAccessTokens({ pageToken: pageTokenOf(after) });
    await sendPage(reply, 200, tokensPage(list, { notice: await this.notices.take(request, reply) }));
  }

  /** Creates a token. The next page shows it once, so a reload creates no second one. */
  @Post()
  async create(@Body() body: unknown, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const { name, scopes, expires_in_days: days } = readForm(Create, body);
    try {
      const { token } = await this.auth.createPersonalAccessToken({ name, scopes, expiresInDays: days, address: addressOf(request) });
      await this.notices.redirect(request, reply, TOKENS, { text: 'The token was created. Copy it now.', token });
    } catch (error) {
      await this.#again(reply, error, { name, scopes, days });
    }
  }

  @Post('revoke')
  async revoke(@Body() body: unknown, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const { id } = readForm(IdForm, body);
    try {
      await this.auth.endSession({ id, address: addressOf(request) });
      await this.notices.redirect(request, reply, TOKENS, { text: 'The token is revoked.' });
    } catch (error) {
      await this.#again(reply, error);
    }
  }

  async #again(reply: FastifyReply, error: unknown, typed?: NewToken) {
    const { status, problems } = shownError(reply, error, LABELS);
    await sendPage(reply, status, tokensPage(await this.auth.listPersonalAccessTokens({}), { problems, ...(typed && { typed }) }));
  }
}
