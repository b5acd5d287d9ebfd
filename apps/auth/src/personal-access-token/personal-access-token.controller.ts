import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { type AuthenticatedUser, CurrentUser } from '@reputable/auth';
import { page, valid } from '@reputable/request';
import { toMessage } from './personal-access-token.mapper.ts';
import * as requests from './personal-access-token.requests.ts';
import { PersonalAccessTokens } from './personal-access-tokens.ts';

/** The rpcs of AuthService about personal access tokens. */
@Controller()
export class PersonalAccessTokenController {
  constructor(readonly tokens: PersonalAccessTokens) {}

  @GrpcMethod('AuthService')
  async createPersonalAccessToken(@Payload() request: unknown, @CurrentUser() user: AuthenticatedUser) {
    const { token, row } = await this.tokens.create(user.id, valid(requests.CreatePersonalAccessToken, request));
    return { token, personalAccessToken: toMessage(row) };
  }

  @GrpcMethod('AuthService')
  async listPersonalAccessTokens(@Payload() request: unknown, @CurrentUser() user: AuthenticatedUser) {
    const { pageSize, pageToken } = valid(requests.ListPersonalAccessTokens, request);
    const { rows, nextPageToken } = page(await this.tokens.list(user.id, pageSize, pageToken), pageSize);
    return { personalAccessTokens: rows.map(toMessage), nextPageToken };
  }
}
