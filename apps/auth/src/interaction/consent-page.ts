import { html } from '@reputable/page';
import type { Page } from '@reputable/page';
import type { Application } from './interactions.ts';

/** What a scope lets an application do, in words for users. */
const WORDS: Readonly<Record<string, string>> = {
  openid: 'recognise you, by a number that stands for your account',
  profile: 'see your display name',
  email: 'see your e-mail address',
  api: 'post, comment, vote and edit in your name, but do nothing that takes a moderator',
};

/** The user who is asked for consent. */
export interface Person {
  readonly name: string;
  readonly email: string;
}

/** The page that asks the user to allow an application's scopes. */
export function consentPage(uid: string, { name, host, origin }: Application, person: Person, scopes: readonly string[]): Page {
  return {
    title: `Allow ${name}?`,
    formTargets: [origin],
    body: html`<h1>Allow ${name} to use your account?</h1>
      <p class="quiet">You are logged in as ${person.name}, <span class="whole">${person.email}</span></p>
      <h2 id="scopes">${name} will be able to</h2>
      <ul class="scopes" aria-labelledby="scopes">
        ${scopes.flatMap((scope) => {
          const words = WORDS[scope];
          return words === undefined ? [] : [html`<li>${words}</li>`];
        })}
      </ul>
      <dl>
        <dt>You are sent back to</dt>
        <dd>${host}</dd>
      </dl>
      <p class="quiet">It never learns your password. You can end this at any time, in the list of your sessions.</p>
      <div class="choice">
        <form method="post" action="/oidc/interaction/${uid}/consent">
          <button type="submit">Allow</button>
        </form>
        <form method="post" action="/oidc/interaction/${uid}/cancel">
          <button type="submit" class="second">Do not allow</button>
        </form>
      </div>`,
  };
}
