import { html, problemNotice as noticeOf, WRONG } from '@reputable/page';

export { WRONG };

/** The message above a form. @param field the id of the field that it concerns */
export const problemNotice = (text: string, field?: string) => noticeOf([{ text, field }]);

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
export const passwordField = ({ isWrong, hasFocus }: Readonly<Record<'isWrong' | 'hasFocus', boolean>>, label = 'Password') =>
  html`<div class="field">
    <label for="password">${label}</label>
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
