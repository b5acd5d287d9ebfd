import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import { type Client, InjectClient } from '@reputable/auth';
import { AuthService } from '@reputable/contracts/auth/v1/auth';
import { connection, type PageArgs, pageOf } from '../page/page.ts';
import { Address } from '../http/address.ts';

@Resolver('AllowedApplication')
export class AllowedApplicationResolver {
  constructor(@InjectClient(AuthService) readonly auth: Client<typeof AuthService>) {}

  @Query()
  async allowedApplications(@Args() args: PageArgs) {
    const { applications, nextPageToken } = await this.auth.listAllowedApplications(pageOf(args));
    return connection(applications, nextPageToken);
  }

  @Mutation()
  async disallowApplication(@Args('id') id: string, @Address() address: string) {
    return (await this.auth.disallowApplication({ id, address })).ended;
  }
}
