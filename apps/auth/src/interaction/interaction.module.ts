import { Module } from '@nestjs/common';
import { AccountModule } from '../account/account.module.ts';
import { ConsentModule } from '../consent/consent.module.ts';
import { LinkedLogInModule } from '../linked-log-in/linked-log-in.module.ts';
import { RecordModule } from '../record/record.module.ts';
import { ConsentPrompt } from './consent-prompt.ts';
import { InteractionController } from './interaction.controller.ts';
import { Interactions } from './interactions.ts';
import { LinkOffers } from './link-offers.ts';
import { LogInLinkController } from './log-in-link.controller.ts';
import { LogInLinks } from './log-in-links.ts';
import { LogInPages } from './log-in-pages.ts';

/** The log-in and consent pages of the authorization server. */
@Module({
  imports: [AccountModule, ConsentModule, LinkedLogInModule, RecordModule],
  controllers: [InteractionController, LogInLinkController],
  providers: [ConsentPrompt, Interactions, LinkOffers, LogInLinks, LogInPages],
  exports: [Interactions, LogInLinks],
})
export class InteractionModule {}
