import { Module } from '@nestjs/common';
import { ReputationOutbox } from './reputation.outbox.ts';
import { VoteController } from './vote.controller.ts';
import { VoteService } from './vote.service.ts';

@Module({
  controllers: [VoteController],
  providers: [VoteService, ReputationOutbox],
})
export class VoteModule {}
