import type { Account } from '@reputable/contracts/auth/v1/auth';
import { type Html, html, inputField, type Page, type Problem } from '@reputable/page';
import { ACCOUNT, accountPage, type AccountPage } from './account-page.ts';
import { PASSWORD } from './password-page.ts';

/** The path of the page. */
export const EMAIL = `${ACCOUNT}/email`;

/** The fields, with the names of the rpc. */
export const LABELS = { new_email: 'New e-mail address', current_password: 'Current password' };

/** What the page shows besides the account. */
interface Said extends Pick<AccountPage, 'notice' | 'problems'> {
  /** The new address, as it was sent. */
  readonly typed?: string;
}

/** The account's e-mail address, and the forms to verify and to change it. */
export const emailPage = (account: Account | undefined, { typed = '', notice, problems = [] }: Said): Page =>
  accountPage({
    title: 'E-mail address',
    notice,
    problems,
    body: html`${account && address(account)} ${form(typed, problems)}`,
  });

const address = ({ email, emailVerified }: Account): Html =>
  html`<p><strong>${email}</strong> ${emailVerified ? 'is verified.' : 'is not verified.'}</p>
    ${
      !emailVerified &&
      html`<form method="post" action="${EMAIL}/verify"><button type="submit" class="second">Send a link to verify it</button></form>`
    }`;

const form = (typed: string, problems: readonly Problem[]): Html =>
  html`<form method="post" action="${EMAIL}" aria-labelledby="change">
    <h2 id="change">Change it</h2>
    <p>We send a link to the new address. Your account keeps the old one until you use the link.</p>
    ${field('new_email', html`type="email" value="${typed}" autocomplete="email" maxlength="254"`, problems)}
    ${field('current_password', html`type="password" autocomplete="current-password" maxlength="256"`, problems)}
    <button type="submit">Send the link</button>
    <p class="below"><a href="${PASSWORD}">Forgot your password, or never had one?</a></p>
  </form>`;

const field = (id: keyof typeof LABELS, attributes: Html, problems: readonly Problem[]): Html =>
  inputField({ id, label: LABELS[id], attributes: html`${attributes} required` }, problems);
