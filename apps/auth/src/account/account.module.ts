import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Passwords } from '../password/passwords.ts';
import { SessionModule } from '../session/session.module.ts';
import { AccountController } from './account.controller.ts';
import { Account } from './account.entity.ts';
import { LogInService } from './log-in.service.ts';
import { PasswordChangeService } from './password-change.service.ts';
import { RegistrationRecovery } from './registration-recovery.ts';
import { RegistrationService } from './registration.service.ts';

@Module({
  imports: [TypeOrmModule.forFeature([Account]), SessionModule],
  controllers: [AccountController],
  providers: [Passwords, RegistrationService, RegistrationRecovery, LogInService, PasswordChangeService],
  exports: [LogInService],
})
export class AccountModule {}
