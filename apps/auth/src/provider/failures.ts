import { Logger } from '@nestjs/common';
import type { Provider } from 'oidc-provider';
import { broken } from '../page/notice.ts';
import { show } from './provider-pages.ts';

const log = new Logger('oauth');

const logged = (err: Error) => {
  log.error({ msg: 'authorization server request failed', err });
};

/** Logs unexpected errors and answers with a generic one, also for errors after oidc-provider's own error handling. */
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
      else ctx.body = { error: 'server_error', error_description: 'The server has an error. Try again in a moment.' };
    }
  });
}
