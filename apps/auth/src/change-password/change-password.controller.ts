import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { type AuthenticatedUser, CurrentUser } from '@reputable/auth';
import { valid } from '@reputable/request';
import * as requests from './change-password.requests.ts';
import { ChangePasswordService } from './change-password.service.ts';

/** The rpc that changes a password. */
@Controller()
export class ChangePasswordController {
  constructor(readonly passwords: ChangePasswordService) {}

  @GrpcMethod('AuthService')
  async changePassword(@Payload() request: unknown, @CurrentUser() user: AuthenticatedUser) {
    return { ended: await this.passwords.change(valid(requests.ChangePassword, request), user) };
  }
}
