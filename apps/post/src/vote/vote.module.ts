import { Module } from '@nestjs/common';
import { ReputationOutbox } from '@reputable/reputation';
import { VoteController } from './vote.controller.ts';
import { VoteService } from './vote.service.ts';

@Module({
  controllers: [VoteController],
  providers: [VoteService, ReputationOutbox],
})
export class VoteModule {}
