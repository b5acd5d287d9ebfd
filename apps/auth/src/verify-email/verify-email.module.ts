import { Module } from '@nestjs/common';
import { AccountModule } from '../account/account.module.ts';
import { LinkOwnerModule } from '../link-owner/link-owner.module.ts';
import { VerifyEmailController, VerifyEmailPages } from './verify-email.controller.ts';
import { VerifyEmailService } from './verify-email.service.ts';

@Module({
  imports: [AccountModule, LinkOwnerModule],
  controllers: [VerifyEmailController, VerifyEmailPages],
  providers: [VerifyEmailService],
})
export class VerifyEmailModule {}
