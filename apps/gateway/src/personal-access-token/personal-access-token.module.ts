import { Module } from '@nestjs/common';
import { PersonalAccessTokenResolver } from './personal-access-token.resolver.ts';

@Module({ providers: [PersonalAccessTokenResolver] })
export class PersonalAccessTokenModule {}
