import { Module } from '@nestjs/common';
import { AllowedApplicationResolver } from './allowed-application.resolver.ts';

@Module({ providers: [AllowedApplicationResolver] })
export class AllowedApplicationModule {}
