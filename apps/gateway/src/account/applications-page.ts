import { SCOPE_EFFECTS } from '@reputable/contracts';
import type { AllowedApplication, ListAllowedApplicationsResponse } from '@reputable/contracts/auth/v1/auth';
import { html, type Html, type Page } from '@reputable/page';
import { ACCOUNT, accountPage, type AccountPage } from './account-page.ts';
import { nextLink } from './paging.ts';
import { timeElement } from './time.ts';

/** The path of the page. */
export const APPLICATIONS = `${ACCOUNT}/applications`;

/** The applications that the user has allowed to use the account. */
export const applicationsPage = (
  { applications, nextPageToken }: Pick<ListAllowedApplicationsResponse, 'applications' | 'nextPageToken'>,
  said: Pick<AccountPage, 'notice' | 'problems'> = {},
): Page =>
  accountPage({
    title: 'Applications',
    ...said,
    body: html`<p>
        ${applications.length > 0 ? 'Applications that you have allowed to use your account.' : 'You have allowed no application to use your account.'}
      </p>
      ${
        applications.length > 0 &&
        html`<ul class="rows">
          ${applications.map(row)}
        </ul>`
      }
      ${nextLink(APPLICATIONS, nextPageToken)}`,
  });

const row = ({ id, name, host, scopes, allowedAt, lastUsedAt }: AllowedApplication): Html =>
  html`<li>
    <div>
      <h2 id="name-${id}">${name}</h2>
      <p class="quiet">${host}</p>
      <ul>
        ${scopes.map((scope) => html`<li>It can ${SCOPE_EFFECTS[scope] ?? scope}.</li>`)}
      </ul>
      <p>Allowed ${timeElement(allowedAt)}, ${lastUsedAt ? html`last used ${timeElement(lastUsedAt)}` : 'not logged in now'}.</p>
    </div>
    <form method="post" action="${APPLICATIONS}/disallow">
      <input type="hidden" name="id" value="${id}" />
      <button type="submit" class="second" id="disallow-${id}" aria-labelledby="disallow-${id} name-${id}">Revoke</button>
    </form>
  </li>`;
