import { Module } from '@nestjs/common';
import { UserBatch } from './user.batch.ts';
import { UserResolver } from './user.resolver.ts';

@Module({ providers: [UserBatch, UserResolver], exports: [UserBatch] })
export class UserModule {}
