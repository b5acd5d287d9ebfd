import { html, notice, type Page } from '@reputable/page';

/** The path of the pages: the `end_session_endpoint` (OpenID Connect RP-Initiated Logout 1.0 §2). */
export const LOG_OUT = '/log-out';

/** The page that asks whether to log out here, too. @param place names the server @param request the parameters of the client's request */
export const logOutPage = (place: string, request: URLSearchParams): Page => ({
  title: `Log out at ${place}?`,
  body: html`<h1>Log out at ${place}?</h1>
    <p>This also ends the sessions of the applications in which you are logged in by it.</p>
    <form method="post" action="${LOG_OUT}">
      ${[...request].map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}
      <button type="submit" autofocus>Log out</button>
    </form>`,
});

/** The page after it. It leads back to the client, if the client has sent the browser. */
export function loggedOutPage(place: string, request: URLSearchParams): Page {
  const title = `You are logged out at ${place}`;
  const next = URL.parse(request.get('post_logout_redirect_uri') ?? '');
  if (!next) return notice(title, 'You can close this page.');
  const state = request.get('state');
  if (state !== null) next.searchParams.set('state', state);
  return {
    title,
    formTargets: 'none',
    next: next.href,
    body: html`<h1>${title}</h1>
      <p><a href="${next.href}">Go on</a></p>`,
  };
}
