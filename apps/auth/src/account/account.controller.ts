import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { type AuthenticatedUser, CurrentUser } from '@reputable/auth';
import { valid } from '@reputable/errors';
import * as requests from './account.requests.ts';
import { LogInService } from './log-in.service.ts';
import { PasswordChangeService } from './password-change.service.ts';
import { RegistrationService } from './registration.service.ts';

/** The rpcs of AuthService that take a password. */
@Controller()
export class AccountController {
  constructor(
    readonly registration: RegistrationService,
    readonly logIns: LogInService,
    readonly passwordChanges: PasswordChangeService,
  ) {}

  @GrpcMethod('AuthService')
  async register(request: unknown) {
    return { tokens: await this.registration.register(valid(requests.Register, request)) };
  }

  @GrpcMethod('AuthService')
  async logIn(request: unknown) {
    return { tokens: await this.logIns.logIn(valid(requests.LogIn, request)) };
  }

  @GrpcMethod('AuthService')
  async changePassword(@Payload() request: unknown, @CurrentUser() user: AuthenticatedUser) {
    return { ended: await this.passwordChanges.change(valid(requests.ChangePassword, request), user) };
  }
}
