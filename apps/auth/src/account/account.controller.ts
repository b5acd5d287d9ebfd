import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { valid } from '@reputable/errors';
import * as requests from './account.requests.ts';
import { LogInService } from './log-in.service.ts';
import { RegistrationService } from './registration.service.ts';

/** The rpcs of AuthService for people who are not signed in yet. */
@Controller()
export class AccountController {
  constructor(
    readonly registration: RegistrationService,
    readonly logIns: LogInService,
  ) {}

  @GrpcMethod('AuthService')
  async register(request: unknown) {
    return { tokens: await this.registration.register(valid(requests.Register, request)) };
  }

  @GrpcMethod('AuthService')
  async logIn(request: unknown) {
    return { tokens: await this.logIns.logIn(valid(requests.LogIn, request)) };
  }
}
