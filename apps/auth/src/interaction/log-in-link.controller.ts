import { Body, Controller, Get, Param, Post, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import { notice, sendPage } from '@reputable/page';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LogInLinks } from './log-in-links.ts';
import { linkSent } from '../one-time-link/link-pages.ts';
import { readAddress } from '../page/address-form.ts';
import { shownError } from '../page/form-error.ts';
import { OwnFormGuard } from '../own-form/own-form.guard.ts';
import { PageFilter, Refusal } from '../page/refusal.ts';
import { Interactions, textOf } from './interactions.ts';
import { LinkOffers } from './link-offers.ts';
import { logInLinkPage } from './log-in-link-page.ts';
import { LogInPages } from './log-in-pages.ts';

/** A browser's interaction, and the token of a link that it opens. */
interface Opened {
  readonly uid: string;
  readonly token: string;
}

/**
 * Log-in by a link in a mail, in the browser that asked for it: the URL of the link is below the path of that browser's interaction cookie.
 * Only the form uses the link, because mail scanners open links.
 */
@Controller('oidc/interaction/:uid/link')
@UseFilters(PageFilter)
export class LogInLinkController {
  constructor(
    readonly interactions: Interactions,
    readonly pages: LogInPages,
    readonly links: LogInLinks,
    readonly outside: LinkOffers,
  ) {}

  @Post()
  @UseGuards(OwnFormGuard)
  async request(@Param('uid') uid: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply, @Body() body: unknown) {
    const interaction = await this.interactions.waitingFor('login', { request, reply }, uid);
    const { typed, email, problem } = readAddress(body);
    if (email === undefined) return this.pages.send(reply, 422, interaction, { email: typed, ...(problem && { problem }) });
    try {
      await this.links.request(uid, { email, address: request.ip });
      return await sendPage(reply, 200, linkSent(typed));
    } catch (error) {
      const shown = shownError(reply, error);
      return this.pages.send(reply, shown.status, interaction, { email: typed, problem: shown.problem });
    }
  }

  @Get(':token')
  async show(@Param() { uid, token }: Opened, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const interaction = await this.links.interactionOf({ request, reply }, uid);
    const { email } = await this.links.expectValid(uid, token);
    const [application, offer] = await Promise.all([this.interactions.application(interaction), this.outside.offer(uid, email)]);
    return sendPage(reply, 200, logInLinkPage(uid, token, application, offer));
  }

  @Post(':token')
  @UseGuards(OwnFormGuard)
  async use(@Param() { uid, token }: Opened, @Req() request: FastifyRequest, @Res() reply: FastifyReply, @Body() body: unknown) {
    const interaction = await this.links.interactionOf({ request, reply }, uid);
    try {
      const next = await this.links.use({ request, reply }, interaction, token, readOffer(body));
      return await reply.headers({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' }).redirect(next, 303);
    } catch (error) {
      if (error instanceof Refusal) throw error;
      const { status, problem } = shownError(reply, error);
      return sendPage(reply, status, { ...notice('You cannot log in', problem.text), hasSecretUrl: true });
    }
  }
}

/** The offer that was accepted, by its id; empty for none. */
const readOffer = (body: unknown) => textOf((Object(body) as { readonly link?: unknown }).link);
