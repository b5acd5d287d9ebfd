import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { type AuthenticatedUser, CurrentUser } from '@reputable/auth';
import { valid } from '@reputable/request';
import * as requests from './account.requests.ts';
import { PasswordChangeService } from './password-change.service.ts';

/** The rpcs of AuthService about accounts. */
@Controller()
export class AccountController {
  constructor(readonly passwordChanges: PasswordChangeService) {}

  @GrpcMethod('AuthService')
  async changePassword(@Payload() request: unknown, @CurrentUser() user: AuthenticatedUser) {
    return { ended: await this.passwordChanges.change(valid(requests.ChangePassword, request), user) };
  }
}
