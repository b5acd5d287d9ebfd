import { html, inputField, type Page, type Problem } from '@reputable/page';
import { linked, LOG_IN } from '../browser-session/page.ts';
import { ACCOUNT, accountPage } from './account-page.ts';
import { EXPORT } from './export-page.ts';

/** The path of the page. */
export const DELETE = `${ACCOUNT}/delete`;

/** The field, with the name of the rpc. */
export const LABELS = { current_password: 'Current password' };

/** A log-in that leads back to the page. */
const LOG_IN_AGAIN = `${LOG_IN}?${new URLSearchParams({ again: 'yes', returnTo: DELETE }).toString()}`;

/** The form that deletes the account. It never contains a sent password. */
export const deletePage = (problems: readonly Problem[] = []): Page =>
  accountPage({
    title: 'Delete your account',
    problems,
    body: html`<p>To keep a copy, <a href="${EXPORT}">download your data</a> first.</p>
      <p>
        This deletes your account and your profile, logs you out everywhere, and revokes all tokens and applications. It cannot be undone.
      </p>
      <p>
        Your posts and comments stay, with “deleted user” as their author. Delete those that you do not want to leave first. Your votes
        count, without your name.
      </p>
      <form method="post" action="${DELETE}">
        ${inputField({ id: 'current_password', label: LABELS.current_password, attributes: html`type="password" maxlength="256" autocomplete="current-password"` }, problems)}
        <button type="submit">Delete the account</button>
      </form>
      <p class="below">If your account has no password, <a href="${LOG_IN_AGAIN}">log in again</a>, and leave the field empty.</p>`,
  });

/** The page after the deletion. */
export const deletedPage = linked(
  'Your account is deleted',
  'You are logged out everywhere. You can register again with the same address.',
  {
    href: LOG_IN,
    text: 'Log in',
  },
);
