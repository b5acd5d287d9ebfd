import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ClaimsOutbox } from './claims.outbox.ts';
import { ReputationController } from './reputation.controller.ts';
import { ReputationEvent } from './reputation-event.entity.ts';
import { ReputationFold } from './reputation-fold.ts';
import { ReputationService } from './reputation.service.ts';

@Module({
  imports: [TypeOrmModule.forFeature([ReputationEvent])],
  controllers: [ReputationController],
  providers: [ReputationService, ReputationFold, ClaimsOutbox],
})
export class ReputationModule {}
