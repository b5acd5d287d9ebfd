import { UseGuards } from '@nestjs/common';
import { Args, Mutation, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { type Client, InjectClient } from '@reputable/auth';
import { AuthService, type Tokens } from '@reputable/contracts/auth/v1/auth';
import { LocalAccountsGuard } from '../browser-session/local-accounts.guard.ts';
import { connection, type PageArgs, pageOf } from '../page/page.ts';
import { UserBatch } from '../user/user.batch.ts';
import { Address } from '../http/address.ts';
import { Device } from './device.ts';
import { LogInQueue } from './log-in-queue.ts';

/** The input of a registration. */
type Registration = Record<'email' | 'password' | 'displayName', string>;
/** The input of the confirmation of a registration. */
type Confirmation = Record<'token' | 'password', string>;
/** The input of a log-in. */
type Credentials = Record<'email' | 'password', string>;
/** The input of a change of password. */
type PasswordChange = Record<'currentPassword' | 'newPassword', string>;

@Resolver('Session')
export class SessionResolver {
  constructor(
    @InjectClient(AuthService) readonly auth: Client<typeof AuthService>,
    readonly users: UserBatch,
    readonly queue: LogInQueue,
  ) {}

  @Mutation()
  @UseGuards(LocalAccountsGuard)
  register(@Args('input') input: Registration, @Address() address: string) {
    return this.queue.do(() => this.auth.register({ ...input, address }));
  }

  @Mutation()
  @UseGuards(LocalAccountsGuard)
  async confirmRegistration(@Args() input: Confirmation, @Device() device: string, @Address() address: string) {
    return (await this.queue.do(() => this.auth.confirmRegistration({ ...input, device, address }))).tokens;
  }

  @Mutation()
  @UseGuards(LocalAccountsGuard)
  async logIn(@Args('input') input: Credentials, @Device() device: string, @Address() address: string) {
    return (await this.queue.do(() => this.auth.logIn({ ...input, device, address }))).tokens;
  }

  @Mutation()
  async refresh(@Args('refreshToken') refreshToken: string, @Address() address: string) {
    return (await this.auth.refresh({ refreshToken, address })).tokens;
  }

  @Mutation()
  @UseGuards(LocalAccountsGuard)
  async changePassword(@Args('input') input: PasswordChange, @Address() address: string) {
    return (await this.queue.do(() => this.auth.changePassword({ ...input, address }))).ended;
  }

  @Mutation()
  @UseGuards(LocalAccountsGuard)
  async requestPasswordReset(@Args('email') email: string, @Address() address: string) {
    return Boolean(await this.auth.requestPasswordReset({ email, address }));
  }

  @Mutation()
  async logOut(@Address() address: string) {
    return Boolean(await this.auth.logOut({ address }));
  }

  @Mutation()
  async endSession(@Args('id') id: string, @Address() address: string) {
    return Boolean(await this.auth.endSession({ id, address }));
  }

  @Mutation()
  async endOtherSessions(@Address() address: string) {
    return (await this.auth.endOtherSessions({ address })).ended;
  }

  @Query()
  async sessions(@Args() args: PageArgs) {
    const { sessions, nextPageToken } = await this.auth.listSessions(pageOf(args));
    return connection(sessions, nextPageToken);
  }

  @ResolveField()
  user({ userId }: Tokens) {
    return this.users.load(userId);
  }
}
