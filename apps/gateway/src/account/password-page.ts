import { type Html, html, inputField, type Page, type Problem } from '@reputable/page';
import { ACCOUNT, accountPage, type AccountPage } from './account-page.ts';

/** The path of the page. */
export const PASSWORD = `${ACCOUNT}/password`;

/** The fields, with the names of the rpc; `again` is the gateway's own. */
export const LABELS = { current_password: 'Current password', new_password: 'New password', again: 'New password again' };

/** The form to change the password. It never contains a sent password. @param forgotten where to get a link to choose another one */
export const passwordPage = (forgotten: URL, { notice, problems = [] }: Pick<AccountPage, 'notice' | 'problems'>): Page =>
  accountPage({
    title: 'Password',
    notice,
    problems,
    body: html`<p>A new password ends all other sessions, and revokes your personal access tokens.</p>
      <form method="post" action="${PASSWORD}">
        ${field('current_password', html`autocomplete="current-password"`, problems)} ${field('new_password', NEW, problems)}
        ${field('again', NEW, problems)}
        <button type="submit">Change the password</button>
      </form>
      <p class="below"><a href="${forgotten.href}">Forgot your password, or never had one?</a></p>`,
  });

/** What the service requires. */
const NEW = html`autocomplete="new-password" minlength="12"`;

const field = (id: keyof typeof LABELS, attributes: Html, problems: readonly Problem[]): Html =>
  inputField({ id, label: LABELS[id], attributes: html`type="password" maxlength="256" required ${attributes}` }, problems);
