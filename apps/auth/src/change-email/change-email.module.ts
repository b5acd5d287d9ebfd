import { Module } from '@nestjs/common';
import { AccountModule } from '../account/account.module.ts';
import { LinkOwnerModule } from '../link-owner/link-owner.module.ts';
import { ChangeEmailController, ChangeEmailPages } from './change-email.controller.ts';
import { ChangeEmailService } from './change-email.service.ts';

@Module({
  imports: [AccountModule, LinkOwnerModule],
  controllers: [ChangeEmailController, ChangeEmailPages],
  providers: [ChangeEmailService],
})
export class ChangeEmailModule {}
