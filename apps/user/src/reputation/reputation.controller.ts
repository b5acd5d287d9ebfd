import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { type AuthenticatedUser, CurrentPeer, CurrentUser } from '@reputable/auth';
import { ReputationKind } from '@reputable/contracts/user/v1/user';
import { page, valid } from '@reputable/request';
import type { ReputationEvent } from './reputation-event.entity.ts';
import * as requests from './reputation.requests.ts';
import { ReputationService } from './reputation.service.ts';

/** The rpcs of UserService about reputation. */
@Controller()
export class ReputationController {
  constructor(readonly reputation: ReputationService) {}

  @GrpcMethod('UserService')
  async applyReputation(@Payload() request: unknown, @CurrentPeer() service: string) {
    const { events } = valid(requests.ApplyReputation, request);
    await this.reputation.apply(events, service);
    return {};
  }

  @GrpcMethod('UserService')
  async listReputationEvents(@Payload() request: unknown, @CurrentUser() user: AuthenticatedUser) {
    const { userId = user.id, pageSize, pageToken } = valid(requests.ListReputationEvents, request);
    const { rows, nextPageToken } = page(await this.reputation.list(userId, pageSize, pageToken, user), pageSize);
    return { events: rows.map(toMessage), nextPageToken };
  }
}

const toMessage = (event: ReputationEvent) => ({
  id: event.id,
  userId: event.userId,
  undone: event.undone,
  subjectId: event.subjectId,
  delta: event.delta,
  kind: ReputationKind[event.kind as keyof typeof ReputationKind],
  occurredAt: timestampFromMs(event.occurredAt),
});
