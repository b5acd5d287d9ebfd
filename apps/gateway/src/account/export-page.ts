import { html, inputField, type Page, type Problem } from '@reputable/page';
import { LOG_IN } from '../browser-session/page.ts';
import { ACCOUNT, accountPage } from './account-page.ts';

/** The path of the page. */
export const EXPORT = `${ACCOUNT}/export`;

/** The field, with the name of the rpc. */
export const LABELS = { current_password: 'Current password' };

/** A log-in that leads back to the page. */
const LOG_IN_AGAIN = `${LOG_IN}?${new URLSearchParams({ again: 'yes', returnTo: EXPORT }).toString()}`;

/** The form that downloads the user's data. It never contains a sent password. */
export const exportPage = (problems: readonly Problem[] = []): Page =>
  accountPage({
    title: 'Download your data',
    problems,
    body: html`<p>
        You get a JSON file with your account, profile, sessions, tokens without their secrets, applications, linked log-ins, security
        events, posts, comments, votes and reputation.
      </p>
      <form method="post" action="${EXPORT}">
        ${inputField({ id: 'current_password', label: LABELS.current_password, attributes: html`type="password" maxlength="256" autocomplete="current-password"` }, problems)}
        <button type="submit">Download</button>
      </form>
      <p class="below">If your account has no password, <a href="${LOG_IN_AGAIN}">log in again</a>, and leave the field empty.</p>`,
  });
