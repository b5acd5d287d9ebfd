import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { SessionModule } from '../session/session.module.ts';
import { ConsentController } from './consent.controller.ts';
import { Consent } from './consent.entity.ts';
import { Consents } from './consents.ts';

@Module({
  imports: [TypeOrmModule.forFeature([Consent]), SessionModule],
  controllers: [ConsentController],
  providers: [Consents],
  exports: [Consents],
})
export class ConsentModule {}
