import { type DynamicModule, Module } from '@nestjs/common';
import { ReputationOutbox, VoteLimit } from '@reputable/reputation';
import { DataSource } from 'typeorm';
import { VoteController } from './vote.controller.ts';
import { VoteService } from './vote.service.ts';

@Module({})
export class VoteModule {
  /** @param votesPerMinute see {@link VoteLimit} */
  static withLimit(votesPerMinute: number): DynamicModule {
    const limit = {
      provide: VoteLimit,
      useFactory: (dataSource: DataSource) => new VoteLimit(dataSource, votesPerMinute),
      inject: [DataSource],
    };
    return { module: VoteModule, controllers: [VoteController], providers: [VoteService, ReputationOutbox, limit] };
  }
}
