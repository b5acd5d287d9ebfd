import { Module } from '@nestjs/common';
import { AccountModule } from '../account/account.module.ts';
import { SessionModule } from '../session/session.module.ts';
import { DeleteAccountController } from './delete-account.controller.ts';
import { DeleteAccountService } from './delete-account.service.ts';
import { DeletionOutbox } from './deletion.outbox.ts';

@Module({
  imports: [AccountModule, SessionModule],
  controllers: [DeleteAccountController],
  providers: [DeleteAccountService, DeletionOutbox],
})
export class DeleteAccountModule {}
