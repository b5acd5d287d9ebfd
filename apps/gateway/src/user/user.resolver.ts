import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import { type AuthenticatedUser, type Client, CurrentUser, InjectClient } from '@reputable/auth';
import { type Role, UserService } from '@reputable/contracts/user/v1/user';
import { orNull } from '../graphql/or-null.ts';
import { Address } from '../http/address.ts';

@Resolver('User')
export class UserResolver {
  constructor(@InjectClient(UserService) readonly users: Client<typeof UserService>) {}

  @Query()
  async me(@CurrentUser() { id }: AuthenticatedUser) {
    return (await this.users.getUser({ id })).user;
  }

  @Query()
  async user(@Args('id') id: string) {
    return (await orNull(this.users.getUser({ id })))?.user;
  }

  @Mutation()
  async updateProfile(@Args('input') input: { displayName: string }) {
    return (await this.users.updateProfile(input)).user;
  }

  @Mutation()
  async grantRole(@Args() change: { userId: string; role: Role }, @Address() address: string) {
    return (await this.users.grantRole({ ...change, address })).user;
  }

  @Mutation()
  async revokeRole(@Args() change: { userId: string; role: Role }, @Address() address: string) {
    return (await this.users.revokeRole({ ...change, address })).user;
  }

  @Mutation()
  async suspendUser(@Args() suspension: { userId: string; reason: string }, @Address() address: string) {
    return (await this.users.suspendUser({ ...suspension, address })).user;
  }

  @Mutation()
  async reinstateUser(@Args('userId') userId: string, @Address() address: string) {
    return (await this.users.reinstateUser({ userId, address })).user;
  }
}
