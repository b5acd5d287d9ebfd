import { type CanActivate, Inject, Injectable } from '@nestjs/common';
import { localAccountsDisabled } from './browser-session.errors.ts';
import { BROWSER_SESSION_OPTIONS, type BrowserSessionOptions } from './options.ts';
import { LOG_IN } from './page.ts';

/** Refuses what needs an e-mail address and a password at our own authorization server, if users log in at another one (P24). */
@Injectable()
export class LocalAccountsGuard implements CanActivate {
  constructor(@Inject(BROWSER_SESSION_OPTIONS) readonly options: Pick<BrowserSessionOptions, 'origin' | 'issuer' | 'isForeign'>) {}

  /** @throws DomainError LOCAL_ACCOUNTS_DISABLED */
  canActivate(): boolean {
    const { origin, issuer, isForeign } = this.options;
    if (isForeign) throw localAccountsDisabled(issuer, origin + LOG_IN);
    return true;
  }
}
