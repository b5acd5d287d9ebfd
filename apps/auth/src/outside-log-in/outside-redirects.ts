import { Injectable } from '@nestjs/common';
import type { Page } from '@reputable/page';
import type { FastifyReply } from 'fastify';
import { type Aim, OutsideLogIns } from '../outside-provider/outside-log-ins.ts';
import { secretsOf } from '../outside-provider/log-in-secrets.ts';
import type { LogInOptions, OutsideProvider } from '../outside-provider/outside-provider.ts';
import { OutsideProviders } from '../outside-provider/outside-providers.ts';
import { ProviderFailure } from '../outside-provider/provider-failure.ts';
import { Refusal } from '../page/refusal.ts';
import { keep, KEPT_S } from './outside-cookie.ts';
import { failed, providerMissing, toProvider, type Way } from './outside-pages.ts';

/** A log-in to begin with a provider. */
export interface Beginning extends LogInOptions {
  readonly aim: Aim;
  /** Where to go on if the provider does not answer. */
  readonly way: Way;
}

/** The HTTP statuses of the pages for failures. */
const STATUS = { denied: 200, unavailable: 503, clock: 502, invalid: 400 } as const;

/** The page for a failed log-in with a provider. */
export const refusalOf = ({ kind }: ProviderFailure, label: string, way: Way) => new Refusal(STATUS[kind], failed(kind, label, way));

/** Takes browsers to outside providers. */
@Injectable()
export class OutsideRedirects {
  constructor(
    readonly providers: OutsideProviders,
    readonly logIns: OutsideLogIns,
  ) {}

  /** @throws Refusal */
  provider(id: string): OutsideProvider {
    const provider = this.providers.find(id);
    if (!provider) throw new Refusal(404, providerMissing);
    return provider;
  }

  /**
   * Begins a log-in with a provider: sets the cookie, and returns the page that takes the browser there.
   *
   * @throws Refusal
   */
  async begin(reply: FastifyReply, id: string, { aim, again, way }: Beginning): Promise<Page> {
    const provider = this.provider(id);
    const secret = await this.logIns.begin({ provider: id, aim, expiresAt: new Date(Date.now() + KEPT_S * 1000) });
    try {
      const url = await provider.authorizationUrl(secretsOf(secret), { again });
      void reply.header('set-cookie', keep({ secret, interaction: 'interaction' in aim ? aim.interaction : undefined }));
      return toProvider(provider.label, url.href);
    } catch (error) {
      throw error instanceof ProviderFailure ? refusalOf(error, provider.label, way) : error;
    }
  }
}
