import { html, type Page } from '@reputable/page';
import { emailField, passwordField, problemNotice } from '../page/form.ts';
import type { Application } from './interactions.ts';
import type { Shown } from './log-in-form.ts';

/** An outside provider that the log-in page offers. */
export interface Offer {
  readonly id: string;
  readonly label: string;
}

/** The log-in page. After an error it keeps the e-mail address, not the password. */
export function logInPage(uid: string, { name, origin }: Application, offers: readonly Offer[], { email, problem }: Shown): Page {
  const isWrong = (field: 'email' | 'password') => problem?.fields.includes(field) ?? false;
  const first = problem ? problem.fields[0] : 'email';
  return {
    title: problem ? 'Error: Log in' : 'Log in',
    formTargets: [origin],
    body: html`<h1>Log in</h1>
      <p class="quiet">to go on to ${name}</p>
      ${problem && problemNotice(problem.text, first)}
      <form method="post" action="/oidc/interaction/${uid}/login">
        ${emailField(email, { isWrong: isWrong('email'), hasFocus: email === '' || (isWrong('email') && !isWrong('password')) })}
        ${passwordField({ isWrong: isWrong('password'), hasFocus: email !== '' && (!isWrong('email') || isWrong('password')) })}
        <button type="submit">Log in</button>
        <button type="submit" class="second" formaction="/oidc/interaction/${uid}/link" formnovalidate>E-mail me a link to log in</button>
      </form>
      <p class="below"><a href="/forgot-password">Forgot your password?</a></p>
      ${offers.map(
        ({ id, label }) =>
          html`<form method="post" action="/oidc/interaction/${uid}/provider/${id}">
            <button type="submit" class="second">Continue with ${label}</button>
          </form>`,
      )}
      <form method="post" action="/oidc/interaction/${uid}/cancel">
        <button type="submit" class="second">Cancel</button>
      </form>`,
  };
}
