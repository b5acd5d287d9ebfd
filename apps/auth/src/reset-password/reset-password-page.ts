import { html, notice, type Page } from '@reputable/page';
import { focus, problemNotice, WRONG } from '../page/form.ts';

/** The page that asks for the new password, twice. @param problem what is wrong with the passwords that were sent */
export const resetPasswordPage = (token: string, problem?: string): Page => ({
  title: problem === undefined ? 'Choose a new password' : 'Error: Choose a new password',
  hasSecretUrl: true,
  body: html`<h1>Choose a new password</h1>
    <p>This logs you out everywhere.</p>
    ${problem !== undefined && problemNotice(problem, 'password')}
    <form method="post" action="/reset-password/${token}">
      ${passwordField('password', 'New password', problem !== undefined)}
      ${passwordField('again', 'The same password again', problem !== undefined)}
      <button type="submit">Save the password</button>
    </form>`,
});

const passwordField = (name: string, label: string, isWrong: boolean) =>
  html`<div class="field">
    <label for="${name}">${label}</label>
    <input
      id="${name}"
      name="${name}"
      type="password"
      autocomplete="new-password"
      minlength="12"
      maxlength="256"
      required
      ${focus(name === 'password')}
      ${isWrong && WRONG}
    />
  </div>`;

/** The page after the reset. */
export const passwordSaved: Page = {
  ...notice(
    'Your password is saved',
    'You are logged out everywhere. Go back to the application that you want to use, and log in with the new password.',
  ),
  hasSecretUrl: true,
};
