import { fromJson } from '@bufbuild/protobuf';
import { Injectable } from '@nestjs/common';
import { type Client, InjectClient } from '@reputable/auth';
import { ApplyReputationRequestSchema, type ReputationKind, UserService } from '@reputable/contracts/user/v1/user';
import { Outbox } from '@reputable/database';
import { DataSource } from 'typeorm';

/** The contract's ReputationEvent in protobuf's JSON, as the outbox stores it. */
export type ReputationEvent = {
  id: string;
  userId: string;
  kind: `REPUTATION_KIND_${keyof typeof ReputationKind}`;
  undone: boolean;
  subjectId: string;
  occurredAt: string;
};

/** Delivers the reputation events of votes to the user service, which counts each event once. */
@Injectable()
export class ReputationOutbox extends Outbox<ReputationEvent> {
  constructor(dataSource: DataSource, @InjectClient(UserService) users: Client<typeof UserService>) {
    const deliver = async (events: ReputationEvent[]) => {
      await users.applyReputation(fromJson(ApplyReputationRequestSchema, { events }));
    };
    super({ dataSource, queue: 'reputation', deliver });
  }
}
