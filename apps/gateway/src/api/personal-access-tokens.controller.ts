import { Body, Delete, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import { type Client, InjectClient } from '@reputable/auth';
import { AuthService, type PersonalAccessToken as TokenMessage } from '@reputable/contracts/auth/v1/auth';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { addressOf } from '../http/address.ts';
import { ApiController } from './api-controller.ts';
import { Operation } from './operation.ts';
import { linkNext, pageOf } from './paging.ts';
import { CreatedPersonalAccessToken, Id, listOf, NewPersonalAccessToken, Page, PersonalAccessToken } from './shapes.ts';
import { timeOf } from './time.ts';

const { method: rpc } = AuthService;

/** The signed-in user's personal access tokens. */
@ApiController('/personal-access-tokens')
export class PersonalAccessTokensController {
  constructor(@InjectClient(AuthService) readonly auth: Client<typeof AuthService>) {}

  @Get()
  @Operation({
    summary: 'Lists your valid personal access tokens, latest first',
    rpcs: [rpc.listPersonalAccessTokens],
    answer: listOf(PersonalAccessToken),
    headers: ['link'],
  })
  async list(
    @Query({ schema: Page }) query: z.output<typeof Page>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { personalAccessTokens, nextPageToken } = await this.auth.listPersonalAccessTokens(pageOf(query));
    linkNext(request, reply, nextPageToken);
    return { items: personalAccessTokens.map(shown) };
  }

  @Post()
  @Operation({
    summary: 'Creates a personal access token',
    rpcs: [rpc.createPersonalAccessToken],
    answer: CreatedPersonalAccessToken,
    creates: true,
    refusals: [409],
  })
  async create(
    @Body({ schema: NewPersonalAccessToken }) { name, scopes, expiresInDays }: z.output<typeof NewPersonalAccessToken>,
    @Req() request: FastifyRequest,
  ) {
    const created = { name, scopes, expiresInDays: expiresInDays ?? 0, address: addressOf(request) };
    const { token, personalAccessToken } = await this.auth.createPersonalAccessToken(created);
    return personalAccessToken && { ...shown(personalAccessToken), token };
  }

  @Delete(':id')
  @Operation({ summary: 'Revokes one of your personal access tokens', rpcs: [rpc.endSession], refusals: [404] })
  async revoke(@Param({ schema: Id }) { id }: z.output<typeof Id>, @Req() request: FastifyRequest) {
    await this.auth.endSession({ id, address: addressOf(request) });
  }
}

const shown = ({ id, name, scopes, createdAt, lastUsedAt, expiresAt }: TokenMessage): z.output<typeof PersonalAccessToken> => ({
  id,
  name,
  scopes: [...scopes],
  createdAt: timeOf(createdAt),
  lastUsedAt: lastUsedAt ? timeOf(lastUsedAt) : null,
  expiresAt: timeOf(expiresAt),
});
