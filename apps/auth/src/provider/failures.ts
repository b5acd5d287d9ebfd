import { Logger } from '@nestjs/common';
import type { Provider } from 'oidc-provider';
import { broken } from '../page/notice.ts';
import { show } from './provider-pages.ts';

const log = new Logger('oauth');

const logged = (err: Error) => {
  log.error({ msg: 'a request to the authorization server failed', err });
};

/** Has all that nobody foresaw logged, and answered without a word of what it was: also what fails after oidc-provider has its answer. */
export function answerFailures(provider: Provider): void {
  provider.on('server_error', (_ctx, error) => {
    logged(error);
  });
  provider.use(async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      logged(error as Error);
      ctx.status = 500;
      if (ctx.accepts('json', 'html') === 'html') show(ctx, broken);
      else ctx.body = { error: 'server_error', error_description: 'Something broke on our side. Try again in a moment.' };
    }
  });
}
