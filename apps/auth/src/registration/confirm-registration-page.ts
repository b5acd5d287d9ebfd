import { html, notice, type Page } from '@reputable/page';
import { passwordField, problemNotice } from '../page/form.ts';

/** The page of a link that confirms a registration. @param problem what is wrong with the password that was sent */
export const confirmRegistrationPage = (token: string, email: string, problem?: string): Page => ({
  title: problem === undefined ? 'Confirm your registration' : 'Error: Confirm your registration',
  hasSecretUrl: true,
  body: html`<h1>Confirm your registration</h1>
    <p>
      Enter the password that you chose for <span class="whole">${email}</span>. If you chose none, somebody else used your address: close
      this page.
    </p>
    ${problem !== undefined && problemNotice(problem, 'password')}
    <form method="post" action="/confirm-registration/${token}">
      ${passwordField({ isWrong: problem !== undefined, hasFocus: true })}
      <button type="submit">Create the account</button>
    </form>`,
});

const secret = (page: Page): Page => ({ ...page, hasSecretUrl: true });

/** The page after the confirmation. */
export const accountReady = secret(
  notice(
    'Your account is ready',
    'Go back to the application that you want to use, and log in with your e-mail address and your password.',
  ),
);

/** The page after the confirmation, while the user service does not answer. */
export const accountReadySoon = secret(
  notice(
    'Your account is almost ready',
    'Your registration is confirmed. Wait some seconds, then log in with your e-mail address and your password.',
  ),
);

/** For an address that got an account after the registration. */
export const alreadyRegistered = secret(
  notice(
    'This address has an account already',
    'Log in with it. If you do not know its password, choose a new one: the log-in page leads there.',
  ),
);
