import { html } from '@reputable/page';

/** The message above a form. @param field the id of the field that it concerns */
export const problemNotice = (text: string, field?: string) =>
  html`<div class="notice" role="alert">
    <p id="problem">${field === undefined ? text : html`<a href="#${field}">${text}</a>`}</p>
  </div>`;

/** The attributes of a field that the message concerns. */
export const WRONG = html`aria-invalid="true" aria-describedby="problem"`;

/** The attribute of the field that has the focus. */
export const focus = (here: boolean) => here && html`autofocus`;

/** The field for the e-mail address of an account. */
export const emailField = (email: string, { isWrong, hasFocus }: Readonly<Record<'isWrong' | 'hasFocus', boolean>>) =>
  html`<div class="field">
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
      ${isWrong && WRONG}
      ${focus(hasFocus)}
    />
  </div>`;

/** The field for the password of an account. */
export const passwordField = ({ isWrong, hasFocus }: Readonly<Record<'isWrong' | 'hasFocus', boolean>>) =>
  html`<div class="field">
    <label for="password">Password</label>
    <input
      id="password"
      name="password"
      type="password"
      autocomplete="current-password"
      maxlength="256"
      required
      ${isWrong && WRONG}
      ${focus(hasFocus)}
    />
  </div>`;
