import { html, type Html } from '@reputable/page';
import { passwordField, problemNotice } from '../page/form.ts';

/** The form of a link that only the account's owner can use. */
export interface OwnerForm {
  /** The path of the link. */
  readonly path: string;
  /** The label of its button. */
  readonly label: string;
  /** Whether the browser is not logged in to the account. */
  readonly needsPassword: boolean;
  /** What is wrong with the password that was sent. */
  readonly problem?: string | undefined;
}

/** The form, with a field for the password if the browser is not logged in. */
export const ownerForm = ({ path, label, needsPassword, problem }: OwnerForm): Html =>
  html`${problem !== undefined && problemNotice(problem, needsPassword ? 'password' : undefined)}
    ${needsPassword && html`<p class="quiet">Enter the password of your account. Or log in in this browser, and open the link again.</p>`}
    <form method="post" action="${path}">
      ${needsPassword && passwordField({ isWrong: problem !== undefined, hasFocus: true })}
      <button type="submit" ${!needsPassword && html`autofocus`}>${label}</button>
    </form>`;
