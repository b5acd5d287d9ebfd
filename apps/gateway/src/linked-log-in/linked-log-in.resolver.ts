import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import { type Client, InjectClient } from '@reputable/auth';
import { AuthService } from '@reputable/contracts/auth/v1/auth';
import { Address } from '../http/address.ts';

@Resolver('LinkedLogIn')
export class LinkedLogInResolver {
  constructor(@InjectClient(AuthService) readonly auth: Client<typeof AuthService>) {}

  @Query()
  async linkedLogIns() {
    return (await this.auth.listLinkedLogIns({})).linkedLogIns;
  }

  @Query()
  async linkableProviders() {
    return (await this.auth.listLinkedLogIns({})).providers;
  }

  @Mutation()
  async unlinkLogIn(@Args('id') id: string, @Address() address: string) {
    return Boolean(await this.auth.unlinkLogIn({ id, address }));
  }
}
