import { html, type Page } from '@reputable/page';

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
    ${
      problem !== undefined &&
      html`<div class="notice" role="alert">
        <p id="problem"><a href="#email">${problem}</a></p>
      </div>`
    }
    <form method="post" action="/forgot-password">
      <div class="field">
        <label for="email">E-mail address</label>
        <input
          id="email"
          name="email"
          type="email"
          value="${email}"
          autocomplete="username"
          autocapitalize="none"
          spellcheck="false"
          maxlength="254"
          required
          autofocus
          ${problem !== undefined && html`aria-invalid="true" aria-describedby="problem"`}
        />
      </div>
      <button type="submit">Send the link</button>
    </form>`,
});
