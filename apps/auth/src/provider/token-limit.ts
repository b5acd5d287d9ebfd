import { DomainError } from '@reputable/errors';
import type { Provider } from 'oidc-provider';
import type { IncomingMessage } from 'node:http';
import type { TokenThrottle } from '../throttle/token-throttle.ts';
import { CLIENT_ENDPOINTS } from './refused-clients.ts';

type Middleware = Parameters<Provider['use']>[0];
type Context = Parameters<Middleware>[0];

/**
 * Limits failed requests at the endpoints with client authentication. A wrong secret counts, and so does an `invalid_grant` of a client
 * without an Authorization header. With one, `invalid_grant` does not count: the gateway refreshes for all users, and sessions keep ending.
 *
 * @param isExempt whether a request is of a service with a certificate, which has no secret to guess. An Authorization header has one
 */
export function limitTokens(provider: Provider, throttle: TokenThrottle, isExempt: (request: IncomingMessage) => boolean): void {
  provider.use(async (ctx, next) => {
    if (!CLIENT_ENDPOINTS.has(ctx.path)) {
      await next();
      return;
    }
    const secret = ctx.get('authorization');
    const isLimited = secret !== '' || !isExempt(ctx.req);
    const bearer = { subject: secret || undefined, address: ctx.ip };
    try {
      if (isLimited) await throttle.check(bearer);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      tooMany(ctx, error);
      return;
    }
    await next();
    const { error } = (ctx.body ?? {}) as { error?: string };
    if (isLimited && (ctx.status === 401 || (error === 'invalid_grant' && secret === ''))) await throttle.failed(bearer);
  });
}

function tooMany(ctx: Context, { message, metadata }: DomainError): void {
  ctx.status = 429;
  ctx.set('retry-after', metadata['retryAfter'] ?? '60');
  ctx.body = { error: 'temporarily_unavailable', error_description: message };
}
