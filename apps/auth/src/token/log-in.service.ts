import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { AuthenticationService, confirmPassword } from '../account/authentication.service.ts';
import { FirstPartyTokens, type Tokens } from './first-party-tokens.ts';
import type { LogIn } from './token.requests.ts';

/** Logs users in with their e-mail address and password. */
@Injectable()
export class LogInService {
  constructor(
    readonly authentication: AuthenticationService,
    readonly tokens: FirstPartyTokens,
  ) {}

  /** @throws DomainError CREDENTIALS_INVALID, TOO_MANY_ATTEMPTS, TOO_BUSY, USER_SUSPENDED */
  async logIn({ device, ...credentials }: z.output<typeof LogIn>): Promise<Tokens> {
    const account = await this.authentication.authenticate(credentials);
    return this.tokens.open(account.id, device, 'password', (tx) => confirmPassword(tx, account));
  }
}
