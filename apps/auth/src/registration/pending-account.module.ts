import { Module } from '@nestjs/common';
import { AccountModule } from '../account/account.module.ts';
import { PendingAccounts } from './pending-accounts.ts';

/** Accounts without a profile, for whoever creates accounts. */
@Module({ imports: [AccountModule], providers: [PendingAccounts], exports: [PendingAccounts] })
export class PendingAccountModule {}
