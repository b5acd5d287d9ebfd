import {
  BadRequestException,
  Body,
  Controller,
  Header,
  Headers,
  HttpCode,
  Inject,
  Logger,
  NotFoundException,
  Param,
  Post,
  ServiceUnavailableException,
  UseFilters,
} from '@nestjs/common';
import { hash, timingSafeEqual } from 'node:crypto';
import { Discovery } from '../outside-provider/discovery.ts';
import { LogoutTokens } from '../outside-provider/logout-tokens.ts';
import { ProviderFailure } from '../outside-provider/provider-failure.ts';
import type { TokenIssuerSettings } from '../token-issuer/token-issuers.field.ts';
import { TOKEN_ISSUERS } from '../token-issuer/token-issuers.ts';
import { EventRefused, EventRefusedFilter } from './event-refused.ts';
import { EventReceiver } from './event-receiver.ts';
import { IssuerEvents } from './issuer-events.ts';

/** The media type of a security event token (RFC 8417 §7.2). */
export const EVENT_TYPE = 'application/secevent+jwt';

/** An issuer whose events are accepted. */
interface Transmitter {
  readonly receiver: EventReceiver;
  readonly logoutTokens: LogoutTokens;
  readonly bearer: string | undefined;
}

/** Takes the security event tokens and the logout tokens of each issuer, at URLs of its own. */
@Controller('issuers/:issuer')
export class IssuerEventsController {
  readonly #log = new Logger('token issuers');
  readonly #transmitters: ReadonlyMap<string, Transmitter>;

  constructor(
    @Inject(TOKEN_ISSUERS) settings: readonly TokenIssuerSettings[],
    readonly events: IssuerEvents,
  ) {
    this.#transmitters = new Map(settings.flatMap((one) => transmitterOf(one, events)));
  }

  /** Takes a pushed security event token (RFC 8935). */
  @Post('events')
  @HttpCode(202)
  @Header('cache-control', 'no-store')
  @UseFilters(EventRefusedFilter)
  async receive(@Param('issuer') issuer: string, @Headers() headers: Record<string, string>, @Body() body: unknown): Promise<void> {
    const { receiver, bearer } = this.#find(issuer);
    try {
      authenticate(headers['authorization'], bearer);
      await receiver.receive(tokenIn(headers['content-type'], body));
    } catch (error) {
      this.#log.warn({ msg: 'security events refused', issuer, reason: (error as Error).message });
      throw error instanceof ProviderFailure ? new ServiceUnavailableException() : error;
    }
  }

  /** Takes a logout token (OpenID Connect Back-Channel Logout 1.0 §2.5). */
  @Post('back-channel-log-out')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  async logOut(@Param('issuer') issuer: string, @Body() body: unknown): Promise<void> {
    const { logoutTokens } = this.#find(issuer);
    try {
      const { logout_token: token } = Object(body) as { readonly logout_token?: unknown };
      if (typeof token !== 'string') throw new TypeError('the form has no logout_token, or several');
      const sessions = await this.events.logOut(await logoutTokens.verify(token));
      this.#log.log({ msg: 'logout token accepted', issuer, sessions });
    } catch (error) {
      this.#log.warn({ msg: 'logout token refused', issuer, reason: (error as Error).message });
      throw new BadRequestException();
    }
  }

  #find(issuer: string): Transmitter {
    const transmitter = this.#transmitters.get(issuer);
    if (!transmitter) throw new NotFoundException();
    return transmitter;
  }
}

function transmitterOf(settings: TokenIssuerSettings, applied: IssuerEvents): [string, Transmitter][] {
  const { id, issuer, events } = settings;
  if (!events) return [];
  const { audience, bearer } = events;
  const logoutTokens = new LogoutTokens(new Discovery({ id, issuer: issuer.url }), audience);
  return [[id, { receiver: new EventReceiver(settings, applied, events), logoutTokens, bearer }]];
}

/** Compares the `Authorization` header with the bearer token of the settings, in constant time. @throws EventRefused */
function authenticate(header = '', bearer: string | undefined): void {
  if (bearer === undefined) return;
  const [sent, expected] = [header, `Bearer ${bearer}`].map((text) => hash('sha256', text, 'buffer'));
  if (sent && expected && timingSafeEqual(sent, expected)) return;
  throw new EventRefused('authentication_failed', 'The Authorization header is missing or wrong.');
}

/** The token of a request. @throws EventRefused */
function tokenIn(type = '', body: unknown): string {
  if (typeof body === 'string' && type.split(';')[0]?.trim().toLowerCase() === EVENT_TYPE) return body.trim();
  throw new EventRefused('invalid_request', `The request must have the content type ${EVENT_TYPE}.`);
}
