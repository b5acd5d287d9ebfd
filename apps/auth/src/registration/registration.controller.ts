import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { valid } from '@reputable/request';
import * as requests from './registration.requests.ts';
import { RegistrationService } from './registration.service.ts';

/** The rpc of AuthService that registers an account. */
@Controller()
export class RegistrationController {
  constructor(readonly registration: RegistrationService) {}

  @GrpcMethod('AuthService')
  async register(request: unknown) {
    return { tokens: await this.registration.register(valid(requests.Register, request)) };
  }
}
