import { Body, Controller, Get, Param, Post, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Interaction } from 'oidc-provider';
import { audit } from '../audit/audit.ts';
import { AuditFailures } from '../audit/audit-failures.ts';
import { AuthenticationService, confirmPassword } from '../account/authentication.service.ts';
import { sendPage } from '@reputable/page';
import { shownError } from '../page/form-error.ts';
import { OwnFormGuard } from '../own-form/own-form.guard.ts';
import { PageFilter } from '../page/refusal.ts';
import { DEVICE_LENGTH } from '../session/device.field.ts';
import { UserClaims } from '../account/user-claims.ts';
import type { Answer as ConsentAnswer } from '../consent/decision.ts';
import { consentPage } from './consent-page.ts';
import { ConsentPrompt } from './consent-prompt.ts';
import { type Answer, type HttpExchange, Interactions, logInEvent, textOf } from './interactions.ts';
import { readLogInForm } from './log-in-form.ts';
import { LogInPages } from './log-in-pages.ts';

/** The log-in and consent pages of a waiting authorization request. */
@Controller('oidc/interaction/:uid')
@UseFilters(PageFilter)
export class InteractionController {
  constructor(
    readonly interactions: Interactions,
    readonly pages: LogInPages,
    readonly consents: ConsentPrompt,
    readonly authentication: AuthenticationService,
    readonly claims: UserClaims,
    readonly failures: AuditFailures,
  ) {}

  @Get()
  async show(@Param('uid') uid: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const interaction = await this.interactions.of({ request, reply }, uid);
    const { params, prompt } = interaction;
    if (prompt.name === 'login') return this.pages.send(reply, 200, interaction, { email: textOf(params['login_hint']) });
    const [application, person] = await Promise.all([this.interactions.application(interaction), this.consents.person(interaction)]);
    return sendPage(reply, 200, consentPage(uid, application, person));
  }

  @Post('login')
  @UseGuards(OwnFormGuard)
  async logIn(@Param('uid') uid: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply, @Body() body: unknown) {
    const interaction = await this.interactions.waitingFor('login', { request, reply }, uid);
    const { email, credentials, problem } = readLogInForm(body);
    if (!credentials) return this.pages.send(reply, 422, interaction, { email, ...(problem && { problem }) });
    try {
      const account = await this.authentication.authenticate({ ...credentials, address: request.ip });
      const logIn = logInEvent(interaction, account.id, 'password');
      await this.failures.watch(logIn, () => this.claims.of(account.id));
      return await this.#answer({ request, reply }, interaction, async (tx) => {
        await confirmPassword(tx, account);
        await audit(tx, logIn);
        return { login: { accountId: account.id, amr: ['pwd'] } };
      });
    } catch (error) {
      const shown = shownError(reply, error);
      return this.pages.send(reply, shown.status, interaction, { email, problem: shown.problem });
    }
  }

  @Post('consent')
  @UseGuards(OwnFormGuard)
  async consent(@Param('uid') uid: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply, @Body() body: unknown) {
    const interaction = await this.interactions.waitingFor('consent', { request, reply }, uid);
    const device = (request.headers['user-agent'] ?? '').slice(0, DEVICE_LENGTH);
    const { scopes } = await this.interactions.application(interaction);
    return this.#answer({ request, reply }, interaction, async (tx) => ({
      consent: { grantId: await this.consents.answer(tx, interaction, readAnswer(scopes, body), device) },
    }));
  }

  @Post('cancel')
  @UseGuards(OwnFormGuard)
  async cancel(@Param('uid') uid: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const interaction = await this.interactions.of({ request, reply }, uid);
    const denied = { error: 'access_denied', error_description: 'The user has denied the request.' };
    return this.#answer({ request, reply }, interaction, () => Promise.resolve(denied));
  }

  async #answer(exchange: HttpExchange, interaction: Interaction, answer: Answer) {
    const next = await this.interactions.answer(exchange, interaction, answer);
    return exchange.reply.header('cache-control', 'no-store').redirect(next, 303);
  }
}

/** The boxes that were ticked. Without `openid`, there would be no consent at all. */
const readAnswer = (requested: readonly string[], body: unknown): ConsentAnswer => ({
  requested,
  allowed: new Set(requested.filter((scope) => scope === 'openid' || Object.hasOwn(Object(body) as object, scope))),
});
