import { type Configuration, errors, type KoaContextWithOIDC } from 'oidc-provider';
import { documentOf, headersOf, html, Html, notice, type Page } from '@reputable/page';
import { broken, GONE, over } from '../page/notice.ts';

/** The error page for a user whom an application sent to the authorization server. */
export const renderError: NonNullable<Configuration['renderError']> = (ctx, { error, error_description: description }, thrown) => {
  if (thrown instanceof errors.SessionNotFound) {
    ctx.status = GONE;
    show(ctx, over);
  } else if (error === 'server_error') {
    show(ctx, broken);
  } else {
    show(ctx, refused(error, description));
  }
};

const refused = (error: string, description?: string): Page => ({
  title: 'This did not work',
  body: html`<h1>This did not work</h1>
    <p>The application that sent you here made an invalid request. Report the error below to its developers.</p>
    <dl>
      <dt>Error</dt>
      <dd><code>${error}</code></dd>
      ${
        description !== undefined &&
        html`<dt>Description</dt>
          <dd>${description}</dd>`
      }
    </dl>`,
});

/** The page that asks to confirm a log-out, and the page after it. */
export const logoutPages: NonNullable<NonNullable<Configuration['features']>['rpInitiatedLogout']> = {
  logoutSource: (ctx, form) => {
    const { client, params } = ctx.oidc;
    const next = params?.['post_logout_redirect_uri'];
    show(ctx, {
      title: 'Log out?',
      formTargets: typeof next === 'string' ? [new URL(next).origin] : [],
      body: html`<h1>Log out?</h1>
        <p>This ends the sessions of all applications that you have used with this log-in.</p>
        ${new Html(form)}
        <button type="submit" form="op.logoutForm" name="logout" value="yes" autofocus>Log out</button>
        <button type="submit" form="op.logoutForm" class="second">
          ${client ? `Leave ${client.clientName ?? client.clientId} only` : 'Stay logged in'}
        </button>`,
    });
  },
  postLogoutSuccessSource: (ctx) => {
    show(
      ctx,
      notice('You are logged out', 'The sessions of all applications that you used with this log-in have ended. You can close this page.'),
    );
  },
};

/** Sends a page. */
export function show(ctx: Pick<KoaContextWithOIDC, 'set' | 'body'>, page: Page): void {
  ctx.set(headersOf(page));
  ctx.body = documentOf(page);
}
