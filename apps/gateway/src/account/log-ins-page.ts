import type { LinkedLogIn, ListLinkedLogInsResponse, OutsideProvider } from '@reputable/contracts/auth/v1/auth';
import { html, type Html, type Page } from '@reputable/page';
import { ACCOUNT, accountPage, type AccountPage } from './account-page.ts';
import { timeElement } from './time.ts';

/** The path of the page. */
export const LOG_INS = `${ACCOUNT}/log-ins`;

/** The log-ins with outside providers that are linked to the account, and the providers that can be linked. */
export const logInsPage = (
  { linkedLogIns, providers }: Pick<ListLinkedLogInsResponse, 'linkedLogIns' | 'providers'>,
  said: Pick<AccountPage, 'notice' | 'problems'> = {},
): Page =>
  accountPage({
    title: 'Linked log-ins',
    ...said,
    body: html`<p>You can log in with an account that you have elsewhere, once it is linked.</p>
      ${
        linkedLogIns.length > 0
          ? html`<ul class="rows">
              ${linkedLogIns.map(row)}
            </ul>`
          : html`<p>None is linked.</p>`
      }
      ${providers.map(linkTo)}`,
  });

const row = ({ id, label, email, createdAt, lastUsedAt }: LinkedLogIn): Html =>
  html`<li>
    <div>
      <h2 id="name-${id}">${label}</h2>
      <p class="quiet">${email}</p>
      <p>Linked ${timeElement(createdAt)}, ${lastUsedAt ? html`last used ${timeElement(lastUsedAt)}` : 'not used since'}.</p>
    </div>
    <form method="post" action="${LOG_INS}/unlink">
      <input type="hidden" name="id" value="${id}" />
      <button type="submit" class="second" id="unlink-${id}" aria-labelledby="unlink-${id} name-${id}">Unlink</button>
    </form>
  </li>`;

const linkTo = ({ label, linkUrl }: OutsideProvider): Html => html`<p><a class="button" href="${linkUrl}">Link ${label}</a></p>`;
