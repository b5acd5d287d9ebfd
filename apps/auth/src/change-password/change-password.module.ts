import { Module } from '@nestjs/common';
import { AccountModule } from '../account/account.module.ts';
import { SessionModule } from '../session/session.module.ts';
import { ChangePasswordController } from './change-password.controller.ts';
import { ChangePasswordService } from './change-password.service.ts';

@Module({ imports: [AccountModule, SessionModule], controllers: [ChangePasswordController], providers: [ChangePasswordService] })
export class ChangePasswordModule {}
