import { Module } from '@nestjs/common';
import { LinkedLogInController } from './linked-log-in.controller.ts';
import { LinkedLogIns } from './linked-log-ins.ts';

@Module({ controllers: [LinkedLogInController], providers: [LinkedLogIns], exports: [LinkedLogIns] })
export class LinkedLogInModule {}
