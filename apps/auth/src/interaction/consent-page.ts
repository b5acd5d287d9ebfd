import { SCOPE_EFFECTS } from '@reputable/contracts';
import { html, type Page } from '@reputable/page';
import type { Application } from './interactions.ts';

/** The user who is asked for consent. */
export interface Person {
  readonly name: string;
  readonly email: string;
  /** The scopes that the person has not allowed this application before. */
  readonly rejected: readonly string[];
  /** The page where the person can withdraw consents. */
  readonly consentsUrl: string;
}

/** The page that asks the user to allow an application's scopes. */
export function consentPage(uid: string, { name, host, origin, scopes }: Application, person: Person): Page {
  return {
    title: `Allow ${name}?`,
    formTargets: [origin],
    body: html`<h1>Allow ${name} to use your account?</h1>
      <p class="quiet">You are logged in as ${person.name}, <span class="whole">${person.email}</span></p>
      <form method="post" action="/oidc/interaction/${uid}/consent">
        <fieldset>
          <legend>${name} will be able to</legend>
          ${scopes.map((scope) => choice(scope, !person.rejected.includes(scope)))}
        </fieldset>
        <dl>
          <dt>You are sent back to</dt>
          <dd>${host}</dd>
        </dl>
        <p class="quiet">It never learns your password. You can <a href="${person.consentsUrl}">withdraw this</a> at any time.</p>
        <button type="submit">Allow</button>
      </form>
      <form method="post" action="/oidc/interaction/${uid}/cancel">
        <button type="submit" class="second">Do not allow</button>
      </form>`,
  };
}

/** A scope with a box. `openid` has none, it is required: without it, the application does not know who has logged in. */
const choice = (scope: string, isTicked: boolean) =>
  scope === 'openid'
    ? html`<p>${SCOPE_EFFECTS[scope]}</p>`
    : html`<label>${isTicked ? ticked(scope) : unticked(scope)}${SCOPE_EFFECTS[scope]}</label>`;

const ticked = (scope: string) => html`<input type="checkbox" name="${scope}" value="yes" checked />`;
const unticked = (scope: string) => html`<input type="checkbox" name="${scope}" value="yes" />`;
