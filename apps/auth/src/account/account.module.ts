import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Passwords } from '../password/passwords.ts';
import { AccountController } from './account.controller.ts';
import { Account } from './account.entity.ts';
import { Accounts } from './accounts.ts';
import { AuthenticationService } from './authentication.service.ts';
import { PendingAccounts } from './pending-accounts.ts';
import { Reauthentication } from './reauthentication.ts';
import { UserClaims } from './user-claims.ts';

const accounts = TypeOrmModule.forFeature([Account]);

@Module({
  imports: [accounts],
  controllers: [AccountController],
  providers: [Accounts, Passwords, AuthenticationService, PendingAccounts, Reauthentication, UserClaims],
  exports: [accounts, Accounts, Passwords, AuthenticationService, PendingAccounts, Reauthentication, UserClaims],
})
export class AccountModule {}
