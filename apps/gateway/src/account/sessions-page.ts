import type { ListSessionsResponse, Session } from '@reputable/contracts/auth/v1/auth';
import { html, type Page } from '@reputable/page';
import { ACCOUNT, accountPage, type AccountPage } from './account-page.ts';
import { nextLink } from './paging.ts';
import { timeElement } from './time.ts';

/** The path of the page. */
export const SESSIONS = `${ACCOUNT}/sessions`;

/** The user's sessions: log-ins, applications and tokens alike. */
export const sessionsPage = (
  { sessions, nextPageToken }: Pick<ListSessionsResponse, 'sessions' | 'nextPageToken'>,
  said: Pick<AccountPage, 'notice' | 'problems'> = {},
): Page =>
  accountPage({
    title: 'Sessions',
    ...said,
    body: html`<p>Everything that can use your account now. End what you do not recognize, and change your password.</p>
      <ul class="rows">
        ${sessions.map(row)}
      </ul>
      ${nextLink(SESSIONS, nextPageToken)}
      <form method="post" action="${SESSIONS}/end-others">
        <p class="quiet" id="others">Ending all others revokes your personal access tokens too, and logs applications out.</p>
        <button type="submit" class="second" aria-describedby="others">End all others</button>
      </form>`,
  });

const row = ({ id, client, device, current, createdAt, lastUsedAt }: Session) =>
  html`<li>
    <div>
      <h2 id="name-${id}">${client}</h2>
      <p class="quiet">${device}</p>
      <p>${current && html`<strong>This browser.</strong> `}Began ${timeElement(createdAt)}, last used ${timeElement(lastUsedAt)}.</p>
    </div>
    ${
      !current &&
      html`<form method="post" action="${SESSIONS}/end">
        <input type="hidden" name="id" value="${id}" />
        <button type="submit" class="second" id="end-${id}" aria-labelledby="end-${id} name-${id}">End</button>
      </form>`
    }
  </li>`;
