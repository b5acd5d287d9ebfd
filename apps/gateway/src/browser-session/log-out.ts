import { Inject, Injectable } from '@nestjs/common';
import { CallRunner, type Client, InjectClient } from '@reputable/auth';
import { AuthService, type ProviderLogOut } from '@reputable/contracts/auth/v1/auth';
import { Code, type DomainError } from '@reputable/errors';
import type { FastifyRequest } from 'fastify';
import { refusalOf } from '../http/refusal.ts';
import { addressOf } from '../http/address.ts';
import { BrowserSessions } from './browser-sessions.ts';
import { BrowserUser } from './browser-user.ts';
import { isUnavailable } from './browser-session.errors.ts';
import { cookieIn, SESSION_COOKIE } from './cookie.ts';
import type { CrossSiteCheck } from './cross-site.ts';
import { OidcClient } from './oidc-client.ts';
import { BROWSER_SESSION_OPTIONS, type BrowserSessionOptions } from './options.ts';

/** The log-out at the server with which the log-in began: its name, and the URL that the browser goes to. */
export type LogOutElsewhere = Pick<ProviderLogOut, 'label' | 'logOutUrl'>;

/** Log-out of a browser. */
@Injectable()
export class LogOut {
  constructor(
    @InjectClient(AuthService) readonly auth: Client<typeof AuthService>,
    readonly sessions: BrowserSessions,
    readonly users: BrowserUser,
    readonly calls: CallRunner,
    readonly server: OidcClient,
    @Inject(BROWSER_SESSION_OPTIONS) readonly options: Pick<BrowserSessionOptions, 'origin' | 'issuer'>,
  ) {}

  /**
   * Logs out the request's browser: first at auth as the user, which ends the session and all its tokens; then here.
   *
   * @param refuse the check for the kind of request
   * @returns the log-out at the outside provider with which the log-in began, or at another authorization server than ours, if there is one
   * @throws DomainError CROSS_SITE_REQUEST
   * @throws DomainError SERVICE_UNAVAILABLE if auth is unreachable; the session then continues
   */
  async of(request: FastifyRequest, refuse: CrossSiteCheck): Promise<LogOutElsewhere | undefined> {
    refuse(request, this.options.origin);
    const id = cookieIn(request, SESSION_COOKIE);
    if (id === undefined) return undefined;
    const provider = await this.#atAuth(request, refuse);
    await this.sessions.forget(id);
    return provider ?? this.#atOtherServer();
  }

  async #atOtherServer(): Promise<LogOutElsewhere | undefined> {
    const url = await this.server.logOutUrl();
    return url && { label: new URL(this.options.issuer).host, logOutUrl: url.href };
  }

  async #atAuth(request: FastifyRequest, refuse: CrossSiteCheck): Promise<LogOutElsewhere | undefined> {
    try {
      const token = await this.users.of(request, refuse);
      return (await this.calls.runAs(token, () => this.auth.logOut({ address: addressOf(request) }))).provider;
    } catch (error) {
      const refusal = refusalOf(error);
      // Without its authorization server, the user cannot be asked for. The session still ends here.
      if (!isOver(refusal) && !isUnavailable(refusal)) throw refusal;
      return undefined;
    }
  }
}

/** The session has already ended, or the user is suspended: no token is valid in either case. */
const isOver = ({ code, reason }: DomainError) => code === Code.UNAUTHENTICATED || reason === 'USER_SUSPENDED';
