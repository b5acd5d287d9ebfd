import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { type AuthenticatedUser, CurrentUser } from '@reputable/auth';
import { Accounts } from './accounts.ts';

/** The rpc of AuthService that returns the user's own account. */
@Controller()
export class AccountController {
  constructor(readonly accounts: Accounts) {}

  @GrpcMethod('AuthService')
  async getAccount(@Payload() _request: unknown, @CurrentUser() { id }: AuthenticatedUser) {
    const { email, emailVerifiedAt } = await this.accounts.of(id);
    return { account: { email, emailVerified: emailVerifiedAt !== null } };
  }
}
