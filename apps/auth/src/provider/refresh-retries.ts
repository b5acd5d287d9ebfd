import { type KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { RecordStore } from '../record/record-store.ts';
import type { EarlierAnswer, RefreshAnswers } from './refresh-answers.ts';

/** The earlier answers to the refresh tokens of requests. */
const earlier = new WeakMap<object, EarlierAnswer>();

/** The response of the token endpoint (RFC 6749 §5.1). */
interface TokenResponse {
  readonly refresh_token?: string;
  readonly expires_in: number;
}

/** Whether the current request is one to the token endpoint. */
export const atTokenEndpoint = (): boolean => Provider.ctx?.oidc.route === 'token';

/** Lets {@link retryRefreshes} answer the current request with an earlier answer, once oidc-provider has refused it. */
export function answerAgain(answer: EarlierAnswer): void {
  if (Provider.ctx) earlier.set(Provider.ctx, answer);
}

/**
 * Keeps the answers of the token endpoint to refresh tokens, in the transaction that uses the token, and gives the same answer to a retry. By
 * then oidc-provider has checked everything else: the client, its secret or its proof of a key, the grant and the account. A request that
 * ends with an error leaves the token unused.
 */
export function retryRefreshes(provider: Provider, records: RecordStore, answers: RefreshAnswers): void {
  provider.use(async (ctx, next) => {
    await records.transactionFromUse(async () => {
      await next();
      const { params, entities } = ((ctx as Partial<KoaContextWithOIDC>).oidc ?? {}) as Partial<KoaContextWithOIDC['oidc']>;
      const body = ctx.body as TokenResponse | undefined;
      if (!entities?.RotatedRefreshToken || body?.refresh_token === undefined) return false;
      await answers.keep(String(params?.['refresh_token']), { refreshToken: body.refresh_token, body });
      return true;
    });
    const again = earlier.get(ctx);
    if (!again) return;
    const body = again.body as TokenResponse;
    ctx.status = 200;
    ctx.body = { ...body, expires_in: body.expires_in - again.ageS };
  });
}
