import { GRANTABLE_SCOPES } from '@reputable/contracts';
import type { ListPersonalAccessTokensResponse, PersonalAccessToken } from '@reputable/contracts/auth/v1/auth';
import { faultOf, type Html, html, inputField, type Page, type Problem } from '@reputable/page';
import { ACCOUNT, accountPage, type AccountPage } from './account-page.ts';
import { nextLink } from './paging.ts';
import { timeElement } from './time.ts';

/** The path of the page. */
export const TOKENS = `${ACCOUNT}/tokens`;

/** The lifetimes to choose from, in days. */
const LIFETIMES = [7, 30, 90, 365];

/** The form for a new token, as it was sent. */
export interface NewToken {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly days: number;
}

/** The form at first: the lifetime is the default of the service. */
const EMPTY: NewToken = { name: '', scopes: [], days: 90 };

/** What the page shows besides the list. */
interface Said extends Pick<AccountPage, 'notice' | 'problems'> {
  /** The form, to send it again. */
  readonly typed?: NewToken;
}

/** The user's personal access tokens, and a form to create one. */
export const tokensPage = (
  { personalAccessTokens, nextPageToken }: Pick<ListPersonalAccessTokensResponse, 'personalAccessTokens' | 'nextPageToken'>,
  { typed = EMPTY, notice, problems = [] }: Said = {},
): Page =>
  accountPage({
    title: 'Personal access tokens',
    notice,
    problems,
    body: html`${notice?.token !== undefined && newToken(notice.token)}
      <p>A token lets a script of yours use the API, within its scopes and without your roles.</p>
      ${
        personalAccessTokens.length > 0 &&
        html`<ul class="rows">
          ${personalAccessTokens.map(row)}
        </ul>`
      }
      ${nextLink(TOKENS, nextPageToken)} ${form(typed, problems)}`,
  });

/** The token can be copied without a script: it has the focus, and Ctrl+A selects it. */
const newToken = (token: string): Html =>
  html`<div class="field">
    <label for="token">The new token, which is shown only once</label>
    <textarea id="token" rows="3" readonly spellcheck="false" autofocus>${token}</textarea>
  </div>`;

const row = ({ id, name, scopes, expiresAt, lastUsedAt }: PersonalAccessToken): Html =>
  html`<li>
    <div>
      <h2 id="name-${id}">${name}</h2>
      <p class="quiet">${scopes.map((scope) => html`<code>${scope}</code> `)}</p>
      <p>${lastUsedAt ? html`Last used ${timeElement(lastUsedAt)}` : 'Never used'}. Expires ${timeElement(expiresAt)}.</p>
    </div>
    <form method="post" action="${TOKENS}/revoke">
      <input type="hidden" name="id" value="${id}" />
      <button type="submit" class="second" id="revoke-${id}" aria-labelledby="revoke-${id} name-${id}">Revoke</button>
    </form>
  </li>`;

const form = ({ name, scopes, days }: NewToken, problems: readonly Problem[]): Html =>
  html`<form method="post" action="${TOKENS}" aria-labelledby="create">
    <h2 id="create">Create a token</h2>
    ${inputField({ id: 'name', label: 'Name', attributes: html`value="${name}" autocomplete="off" maxlength="100" required` }, problems)}
    <fieldset>
      <legend>Scopes: the token can</legend>
      ${Object.entries(GRANTABLE_SCOPES).map(([scope, words], index) => box(scope, words, scopes.includes(scope), index === 0 && { problems }))}
    </fieldset>
    <div class="field">
      <label for="expires_in_days">It expires after</label>
      <select id="expires_in_days" name="expires_in_days" ${faultOf('expires_in_days', problems)}>
        ${LIFETIMES.map((each) => html`<option value="${String(each)}" ${each === days && html`selected`}>${String(each)} days</option>`)}
      </select>
    </div>
    <button type="submit">Create the token</button>
  </form>`;

/** A scope to tick. The first one stands for the whole group in messages. */
const box = (scope: string, words: string, isTicked: boolean, first: false | { readonly problems: readonly Problem[] }): Html =>
  html`<label>
    <input
      type="checkbox"
      name="scopes"
      value="${scope}"
      ${isTicked && html`checked`}
      ${first && html`id="scopes" ${faultOf('scopes', first.problems)}`}
    />
    ${words}
  </label>`;
