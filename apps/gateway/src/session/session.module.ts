import { Module } from '@nestjs/common';
import { UserModule } from '../user/user.module.ts';
import { SessionResolver } from './session.resolver.ts';

@Module({ imports: [UserModule], providers: [SessionResolver] })
export class SessionModule {}
