import { Module } from '@nestjs/common';
import { UserModule } from '../user/user.module.ts';
import { LogInQueue } from './log-in-queue.ts';
import { SessionResolver } from './session.resolver.ts';

@Module({ imports: [UserModule], providers: [SessionResolver, LogInQueue], exports: [LogInQueue] })
export class SessionModule {}
