import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { SessionModule } from '../session/session.module.ts';
import { PersonalAccessTokenController } from './personal-access-token.controller.ts';
import { PersonalAccessToken } from './personal-access-token.entity.ts';
import { PersonalAccessTokens } from './personal-access-tokens.ts';

@Module({
  imports: [TypeOrmModule.forFeature([PersonalAccessToken]), SessionModule],
  controllers: [PersonalAccessTokenController],
  providers: [PersonalAccessTokens],
  exports: [PersonalAccessTokens],
})
export class PersonalAccessTokenModule {}
