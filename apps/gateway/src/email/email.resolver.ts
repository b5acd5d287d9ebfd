import { UseGuards } from '@nestjs/common';
import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import { type Client, InjectClient } from '@reputable/auth';
import { AuthService } from '@reputable/contracts/auth/v1/auth';
import { LocalAccountsGuard } from '../browser-session/local-accounts.guard.ts';
import { Address } from '../http/address.ts';
import { LogInQueue } from '../session/log-in-queue.ts';

/** The input of a change of the e-mail address. */
type EmailChange = Record<'newEmail' | 'currentPassword', string>;

/** The user's own account, its e-mail address and its deletion. */
@Resolver('Account')
export class EmailResolver {
  constructor(
    @InjectClient(AuthService) readonly auth: Client<typeof AuthService>,
    readonly queue: LogInQueue,
  ) {}

  @Query()
  async account() {
    return (await this.auth.getAccount({})).account;
  }

  @Mutation()
  @UseGuards(LocalAccountsGuard)
  async requestEmailVerification(@Address() address: string) {
    return Boolean(await this.auth.requestEmailVerification({ address }));
  }

  @Mutation()
  @UseGuards(LocalAccountsGuard)
  async requestEmailChange(@Args('input') input: EmailChange, @Address() address: string) {
    return Boolean(await this.queue.do(() => this.auth.requestEmailChange({ ...input, address })));
  }

  @Mutation()
  @UseGuards(LocalAccountsGuard)
  async deleteAccount(@Args('currentPassword') currentPassword: string | null | undefined, @Address() address: string) {
    return Boolean(await this.queue.do(() => this.auth.deleteAccount({ currentPassword: currentPassword ?? '', address })));
  }
}
