import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import { type Client, InjectClient } from '@reputable/auth';
import { AuthService } from '@reputable/contracts/auth/v1/auth';
import { connection, type PageArgs, pageOf } from '../page/page.ts';
import { Address } from '../http/address.ts';

/** The input of a new token. */
interface Creation {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly expiresInDays?: number | null;
}

@Resolver('PersonalAccessToken')
export class PersonalAccessTokenResolver {
  constructor(@InjectClient(AuthService) readonly auth: Client<typeof AuthService>) {}

  @Mutation()
  createPersonalAccessToken(@Args('input') { name, scopes, expiresInDays }: Creation, @Address() address: string) {
    return this.auth.createPersonalAccessToken({ name, scopes: [...scopes], expiresInDays: expiresInDays ?? 0, address });
  }

  @Mutation()
  async revokePersonalAccessToken(@Args('id') id: string, @Address() address: string) {
    return Boolean(await this.auth.endSession({ id, address }));
  }

  @Query()
  async personalAccessTokens(@Args() args: PageArgs) {
    const { personalAccessTokens, nextPageToken } = await this.auth.listPersonalAccessTokens(pageOf(args));
    return connection(personalAccessTokens, nextPageToken);
  }
}
