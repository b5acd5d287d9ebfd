import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { type AuthenticatedUser, CurrentUser } from '@reputable/auth';
import { valid } from '@reputable/request';
import * as requests from './delete-account.requests.ts';
import { DeleteAccountService } from './delete-account.service.ts';

/** The rpc that deletes an account. */
@Controller()
export class DeleteAccountController {
  constructor(readonly accounts: DeleteAccountService) {}

  @GrpcMethod('AuthService')
  async deleteAccount(@Payload() request: unknown, @CurrentUser() user: AuthenticatedUser) {
    await this.accounts.delete(valid(requests.DeleteAccount, request), user);
    return {};
  }
}
