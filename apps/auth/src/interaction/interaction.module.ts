import { Module } from '@nestjs/common';
import { AccountModule } from '../account/account.module.ts';
import { RecordModule } from '../record/record.module.ts';
import { Consents } from './consents.ts';
import { InteractionController } from './interaction.controller.ts';
import { Interactions } from './interactions.ts';
import { LogInLinkController } from './log-in-link.controller.ts';
import { LogInLinks } from './log-in-links.ts';

/** The log-in and consent pages of the authorization server. */
@Module({
  imports: [AccountModule, RecordModule],
  controllers: [InteractionController, LogInLinkController],
  providers: [Consents, Interactions, LogInLinks],
})
export class InteractionModule {}
