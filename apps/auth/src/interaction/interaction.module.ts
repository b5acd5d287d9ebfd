import { Module } from '@nestjs/common';
import { AccountModule } from '../account/account.module.ts';
import { RecordModule } from '../record/record.module.ts';
import { Consents } from './consents.ts';
import { InteractionController } from './interaction.controller.ts';
import { Interactions } from './interactions.ts';

/** The log-in and consent pages of the authorization server. */
@Module({ imports: [AccountModule, RecordModule], controllers: [InteractionController], providers: [Consents, Interactions] })
export class InteractionModule {}
