import { html, type Page } from '@reputable/page';
import { randomBytes } from 'node:crypto';
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import { keepNext } from '../outside-session/log-out-cookie.ts';
import type { OutsideSessions } from '../outside-session/outside-sessions.ts';
import { show } from './provider-pages.ts';

/**
 * Leads a browser on to the outside provider with which its log-in began, after the user has logged out here. The provider sends it back,
 * and then it goes where the application wants it.
 *
 * @param resumePath the path of authorization requests that go on, as after a log-in with another account, which ends the log-in before it
 */
export function logOutOutside(provider: Provider, outside: Pick<OutsideSessions, 'logOutOf'>, resumePath: string): void {
  provider.use(async (ctx, next) => {
    await next();
    const { route, params, session } = (ctx.oidc ?? {}) as Partial<KoaContextWithOIDC['oidc']>;
    const target = ctx.response.get('location');
    if (route !== 'end_session_confirm' || ctx.status !== 303 || !params?.['logout'] || target.startsWith(resumePath)) return;
    const logOut = await outside.logOutOf(session?.uid ?? null);
    if (!logOut) return;
    const state = randomBytes(32).toString('base64url');
    ctx.append('set-cookie', keepNext(state, target));
    ctx.remove('location');
    ctx.status = 200;
    show(ctx, toProvider(logOut.label, logOut.url(state).href));
  });
}

/** The page that takes the browser to the provider: a redirect after a form would need the provider's origin in the policy of the form. */
const toProvider = (label: string, url: string): Page => ({
  title: `Log out at ${label}, too?`,
  formTargets: 'none',
  next: url,
  body: html`<h1>Log out at ${label}, too?</h1>
    <p>You are logged out here. You are being taken to ${label}, which asks whether to log out there, too.</p>
    <p><a href="${url}" rel="noreferrer">Go on</a></p>`,
});
