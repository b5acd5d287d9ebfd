import type { Configuration, KoaContextWithOIDC } from 'oidc-provider';
import { page } from './page.ts';

/** What went wrong, for a person who was sent here by an application. */
export const renderError: NonNullable<Configuration['renderError']> = (ctx, out) => {
  show(ctx, page('This did not work', `${out.error}: ${out.error_description ?? ''}`));
};

/** The page that asks whether to log out, and the one that says it is done. */
export const logoutPages: NonNullable<NonNullable<Configuration['features']>['rpInitiatedLogout']> = {
  logoutSource: (ctx, form) => {
    show(ctx, page('Log out?', form));
  },
  postLogoutSuccessSource: (ctx) => {
    show(ctx, page('You are logged out', ''));
  },
};

function show(ctx: KoaContextWithOIDC, html: string): void {
  ctx.type = 'html';
  ctx.body = html;
}
