import { html, type Html, type Page, type Problem, problemNotice } from '@reputable/page';
import type { Notice } from './notices.ts';

/** The path of the overview. */
export const ACCOUNT = '/account';

/** A page of the account, without what all of them have. */
export interface AccountPage {
  readonly title: string;
  readonly body: Html;
  /** What the last form has done. */
  readonly notice?: Notice | undefined;
  /** Why the last form has done nothing. */
  readonly problems?: readonly Problem[] | undefined;
}

/** A page below the overview, with a link to it. */
export const accountPage = ({ title, body, notice, problems = [] }: AccountPage): Page => ({
  title: problems.length > 0 ? `Error: ${title}` : title,
  isWide: true,
  body: html`<nav aria-label="Account"><a href="${ACCOUNT}">Your account</a></nav>
    <h1>${title}</h1>
    ${notice && html`<p class="done" role="status">${notice.text}</p>`} ${problems.length > 0 && problemNotice(problems)} ${body}`,
});
