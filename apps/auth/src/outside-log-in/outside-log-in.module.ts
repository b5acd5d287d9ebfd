import { Module } from '@nestjs/common';
import { AccountModule } from '../account/account.module.ts';
import { InteractionModule } from '../interaction/interaction.module.ts';
import { LinkedLogInModule } from '../linked-log-in/linked-log-in.module.ts';
import { BrowserAccount } from './browser-account.ts';
import { CallbackController } from './callback.controller.ts';
import { ConfirmAddressController } from './confirm-address.controller.ts';
import { LinkController } from './link.controller.ts';
import { OutsideAnswers } from './outside-answers.ts';
import { OutsideLogInController } from './outside-log-in.controller.ts';
import { OutsideRedirects } from './outside-redirects.ts';
import { RecentLogIn } from './recent-log-in.ts';
import { WaitingLogIns } from './waiting-log-ins.ts';

/** The pages of log-ins with outside providers. */
@Module({
  imports: [AccountModule, InteractionModule, LinkedLogInModule],
  controllers: [OutsideLogInController, CallbackController, ConfirmAddressController, LinkController],
  providers: [BrowserAccount, OutsideAnswers, OutsideRedirects, RecentLogIn, WaitingLogIns],
})
export class OutsideLogInModule {}
