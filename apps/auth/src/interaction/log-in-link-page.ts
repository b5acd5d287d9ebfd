import { html, type Page } from '@reputable/page';
import type { Application } from './interactions.ts';

/** The page of a link to log in. The link is used by its form alone. */
export const logInLinkPage = (uid: string, token: string, { name, origin }: Application): Page => ({
  title: 'Log in',
  formTargets: [origin],
  hasSecretUrl: true,
  body: html`<h1>Log in</h1>
    <p class="quiet">to go on to ${name}</p>
    <form method="post" action="/oidc/interaction/${uid}/link/${token}">
      <button type="submit" autofocus>Log in</button>
    </form>`,
});
