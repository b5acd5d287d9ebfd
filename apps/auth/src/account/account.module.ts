import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Passwords } from '../password/passwords.ts';
import { SessionModule } from '../session/session.module.ts';
import { AccountController } from './account.controller.ts';
import { Account } from './account.entity.ts';
import { AuthenticationService } from './authentication.service.ts';
import { PasswordChangeService } from './password-change.service.ts';
import { UserClaims } from './user-claims.ts';

const accounts = TypeOrmModule.forFeature([Account]);

@Module({
  imports: [accounts, SessionModule],
  controllers: [AccountController],
  providers: [Passwords, AuthenticationService, PasswordChangeService, UserClaims],
  exports: [accounts, Passwords, AuthenticationService, UserClaims],
})
export class AccountModule {}
