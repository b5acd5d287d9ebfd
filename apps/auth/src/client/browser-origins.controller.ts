import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { OAuthClients } from './oauth-clients.ts';

/** The rpc of AuthService about the origins of browser clients. */
@Controller()
export class BrowserOriginsController {
  constructor(readonly clients: OAuthClients) {}

  @GrpcMethod('AuthService')
  async listBrowserOrigins() {
    return { origins: await this.clients.browserOrigins() };
  }
}
