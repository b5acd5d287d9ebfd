import { html, type Page } from '@reputable/page';
import { emailField, problemNotice } from '../page/form.ts';

/** What the form shows. */
export interface Shown {
  /** The address as typed. */
  readonly email: string;
  /** What is wrong with it, or why it cannot be sent now. */
  readonly problem?: string;
}

/** The page that asks for the address to which a link is sent. */
export const forgotPasswordPage = ({ email, problem }: Shown): Page => ({
  title: problem === undefined ? 'Forgot your password?' : 'Error: Forgot your password?',
  body: html`<h1>Forgot your password?</h1>
    <p>Enter the address of your account. You get a mail with a link to choose a new password.</p>
    ${problem !== undefined && problemNotice(problem, 'email')}
    <form method="post" action="/forgot-password">
      ${emailField(email, { isWrong: problem !== undefined, hasFocus: true })}
      <button type="submit">Send the link</button>
    </form>`,
});
