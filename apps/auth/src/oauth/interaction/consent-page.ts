import { html } from '../../page/html.ts';
import type { Page } from '../../page/page.ts';
import type { Application } from './interactions.ts';

/** What a scope lets an application do, in words for everybody. */
const WORDS: Readonly<Record<string, readonly [what: string, more: string]>> = {
  openid: ['Recognise you', 'It learns a number that stands for your account.'],
  profile: ['See your display name', 'The one that everybody sees.'],
  email: ['See your e-mail address', 'Which nobody sees otherwise.'],
  api: ['Act in your name', 'Post, comment, vote and edit what is yours. It cannot do what only moderators and administrators can.'],
};

/** Who is asked. */
export interface Person {
  readonly name: string;
  readonly email: string;
}

/** The page that asks whether an application may have what it asks for. */
export function consentPage(uid: string, { name, host, origin }: Application, person: Person, scopes: readonly string[]): Page {
  return {
    title: `Allow ${name}?`,
    formTargets: [origin],
    body: html`<h1>Allow ${name} to use your account?</h1>
      <p class="quiet">You are logged in as ${person.name} (${person.email}).</p>
      <h2 id="scopes">${name} wants to</h2>
      <ul class="scopes" aria-labelledby="scopes">
        ${scopes.flatMap((scope) => {
          const words = WORDS[scope];
          return words ? [html`<li><strong>${words[0]}</strong><span>${words[1]}</span></li>`] : [];
        })}
      </ul>
      <dl>
        <dt>You are sent back to</dt>
        <dd>${host}</dd>
      </dl>
      <p class="quiet">It never learns your password. You can end this at any time in the list of your sessions.</p>
      <form method="post" action="/oidc/interaction/${uid}/consent">
        <button type="submit">Allow</button>
      </form>
      <form method="post" action="/oidc/interaction/${uid}/cancel">
        <button type="submit" class="second">Do not allow</button>
      </form>`,
  };
}
