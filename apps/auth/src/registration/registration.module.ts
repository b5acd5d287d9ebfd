import { Module } from '@nestjs/common';
import { AccountModule } from '../account/account.module.ts';
import { RegistrationController, RegistrationPages } from './registration.controller.ts';
import { RegistrationRecovery } from './registration-recovery.ts';
import { RegistrationService } from './registration.service.ts';

@Module({
  imports: [AccountModule],
  controllers: [RegistrationController, RegistrationPages],
  providers: [RegistrationService, RegistrationRecovery],
})
export class RegistrationModule {}
