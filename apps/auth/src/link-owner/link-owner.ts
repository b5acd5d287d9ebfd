import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { currentPasswordWrong } from '../account/account.errors.ts';
import { AuthenticationService } from '../account/authentication.service.ts';
import type { HttpExchange } from '../interaction/interactions.ts';
import { BrowserAccount } from '../outside-log-in/browser-account.ts';
import { anyPassword } from '../password/password.field.ts';

const Form = z.object({ password: anyPassword() });

/**
 * Checks that a link which gives an address to an account is used by the account's owner. Without this check, an attacker could name
 * somebody else's address, whose reader then verifies it for the attacker's account by a click in an unexpected mail.
 */
@Injectable()
export class LinkOwner {
  constructor(
    readonly browser: BrowserAccount,
    readonly authentication: AuthenticationService,
  ) {}

  /** Whether the browser is logged in to the account, so that the page needs no password. If that is unknown, the page needs it. */
  async isLoggedIn(exchange: HttpExchange, accountId: string): Promise<boolean> {
    const logIn = await this.browser.of(exchange).catch(() => null);
    return logIn?.account.id === accountId;
  }

  /**
   * Checks that the browser is logged in to the account, or that the form has the account's password.
   *
   * @throws DomainError CREDENTIALS_INVALID, TOO_MANY_ATTEMPTS, TOO_BUSY
   */
  async expect(exchange: HttpExchange, accountId: string, body: unknown): Promise<void> {
    if (await this.isLoggedIn(exchange, accountId)) return;
    const form = Form.safeParse(body);
    if (!form.success) throw currentPasswordWrong();
    await this.authentication.authenticateUser(accountId, { ...form.data, address: exchange.request.ip });
  }
}
