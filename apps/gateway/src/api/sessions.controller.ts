import { Delete, Get, Param, Query, Req, Res } from '@nestjs/common';
import { type Client, InjectClient } from '@reputable/auth';
import { AuthService, type Session as SessionMessage } from '@reputable/contracts/auth/v1/auth';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { addressOf } from '../http/address.ts';
import { ApiController } from './api-controller.ts';
import { Operation } from './operation.ts';
import { linkNext, pageOf } from './paging.ts';
import { Id, listOf, Page, Session } from './shapes.ts';
import { timeOf } from './time.ts';

const { method: rpc } = AuthService;

/** The signed-in user's sessions. */
@ApiController('/sessions')
export class SessionsApiController {
  constructor(@InjectClient(AuthService) readonly auth: Client<typeof AuthService>) {}

  @Get()
  @Operation({ summary: 'Lists your active sessions, latest first', rpcs: [rpc.listSessions], answer: listOf(Session), headers: ['link'] })
  async list(
    @Query({ schema: Page }) query: z.output<typeof Page>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { sessions, nextPageToken } = await this.auth.listSessions(pageOf(query));
    linkNext(request, reply, nextPageToken);
    return { items: sessions.map(shown) };
  }

  @Delete(':id')
  @Operation({ summary: 'Ends one of your sessions', rpcs: [rpc.endSession], refusals: [404] })
  async end(@Param({ schema: Id }) { id }: z.output<typeof Id>, @Req() request: FastifyRequest) {
    await this.auth.endSession({ id, address: addressOf(request) });
  }
}

const shown = ({ id, device, client, current, createdAt, lastUsedAt }: SessionMessage): z.output<typeof Session> => ({
  id,
  device,
  client,
  current,
  createdAt: timeOf(createdAt),
  lastUsedAt: timeOf(lastUsedAt),
});
