import { Module } from '@nestjs/common';
import { AccountModule } from '../account/account.module.ts';
import { LinkedLogInModule } from '../linked-log-in/linked-log-in.module.ts';
import { SessionModule } from '../session/session.module.ts';
import { ResetPasswordController, ResetPasswordPages } from './reset-password.controller.ts';
import { ResetPasswordService } from './reset-password.service.ts';

/** The way back in for users who forgot their password. */
@Module({
  imports: [AccountModule, LinkedLogInModule, SessionModule],
  controllers: [ResetPasswordController, ResetPasswordPages],
  providers: [ResetPasswordService],
})
export class ResetPasswordModule {}
