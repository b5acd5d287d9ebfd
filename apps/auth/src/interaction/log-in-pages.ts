import { Injectable } from '@nestjs/common';
import { sendPage } from '@reputable/page';
import type { FastifyReply } from 'fastify';
import type { Interaction } from 'oidc-provider';
import { OutsideProviders } from '../outside-provider/outside-providers.ts';
import { Interactions } from './interactions.ts';
import type { Shown } from './log-in-form.ts';
import { logInPage } from './log-in-page.ts';

/** Shows the log-in page of a waiting authorization request, with every way to log in. */
@Injectable()
export class LogInPages {
  constructor(
    readonly interactions: Interactions,
    readonly providers: OutsideProviders,
  ) {}

  async send(reply: FastifyReply, status: number, interaction: Interaction, shown: Shown): Promise<FastifyReply> {
    const offers = this.providers.all.map(({ settings: { id, label } }) => ({ id, label }));
    return sendPage(reply, status, logInPage(interaction.uid, await this.interactions.application(interaction), offers, shown));
  }
}
