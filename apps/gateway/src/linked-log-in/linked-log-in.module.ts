import { Module } from '@nestjs/common';
import { LinkedLogInResolver } from './linked-log-in.resolver.ts';

@Module({ providers: [LinkedLogInResolver] })
export class LinkedLogInModule {}
