import { Controller, Get, Logger, Param, Query, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AuditFailures } from '../audit/audit-failures.ts';
import { secretsOf } from '../outside-provider/log-in-secrets.ts';
import { OutsideLogIns } from '../outside-provider/outside-log-ins.ts';
import type { OutsideProvider } from '../outside-provider/outside-provider.ts';
import { failureOf } from '../outside-provider/provider-failure.ts';
import { linkPathOf } from '../outside-provider/providers.ts';
import { GONE, over } from '../page/notice.ts';
import { PageFilter, Refusal } from '../page/refusal.ts';
import { forget, type Kept, keptIn } from './outside-cookie.ts';
import { anotherLogIn, type Way } from './outside-pages.ts';
import { OutsideRedirects, refusalOf } from './outside-redirects.ts';

/**
 * The redirect URI of each provider. It checks the answer and sends the browser on to the page that waits for it, where the cookie of the
 * waiting authorization request is.
 */
@Controller('log-in-with/:provider/callback')
@UseFilters(PageFilter)
export class CallbackController {
  readonly #log = new Logger('outside-provider');

  constructor(
    readonly redirects: OutsideRedirects,
    readonly logIns: OutsideLogIns,
    readonly failures: AuditFailures,
  ) {}

  @Get()
  async answer(@Param('provider') id: string, @Query('state') state: unknown, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    void reply.headers({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
    const provider = this.redirects.provider(id);
    const kept = typeof state === 'string' ? keptIn(request, state) : undefined;
    if (!kept) throw new Refusal(400, anotherLogIn(provider.label));
    const secrets = secretsOf(kept.secret);
    void reply.header('set-cookie', forget(secrets.state));
    const logIn = await this.logIns.takeAnswer(id, secrets, kept.interaction);
    if (logIn === undefined) throw new Refusal(GONE, over);
    await this.logIns.identified(logIn, await this.#identify(provider, request, kept));
    const waiting = kept.interaction === undefined ? linkPathOf(id) : `/oidc/interaction/${kept.interaction}/outside`;
    return reply.redirect(`${waiting}/${logIn}`, 303);
  }

  /** @throws Refusal */
  async #identify(provider: OutsideProvider, { url }: FastifyRequest, kept: Kept) {
    try {
      return await provider.identify(url.split('?')[1] ?? '', secretsOf(kept.secret));
    } catch (error) {
      const failure = failureOf(error);
      const { kind, message: reason } = failure;
      if (kind !== 'denied') this.#log.warn({ msg: 'log-in with provider failed', provider: provider.settings.id, kind, reason });
      const details = { method: 'provider', provider: provider.settings.id };
      this.failures.note({ type: 'log_in', reason: `PROVIDER_${kind.toUpperCase()}`, details });
      throw refusalOf(failure, provider.label, wayBack(provider.settings.id, kept.interaction));
    }
  }
}

/** The page where the log-in began. */
export const wayBack = (provider: string, interaction: string | undefined): Way =>
  interaction === undefined
    ? { href: linkPathOf(provider), text: 'Try again' }
    : { href: `/oidc/interaction/${interaction}`, text: 'Log in another way, or try again' };
