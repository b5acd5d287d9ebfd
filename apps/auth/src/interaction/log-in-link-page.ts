import { html, type Page } from '@reputable/page';
import type { Application } from './interactions.ts';
import type { Offer } from './log-in-page.ts';

/** The page of a link to log in. The link is used by its form alone. @param offer a provider that the user can link by the way */
export const logInLinkPage = (uid: string, token: string, { name, origin }: Application, offer?: Offer): Page => ({
  title: 'Log in',
  formTargets: [origin],
  hasSecretUrl: true,
  body: html`<h1>Log in</h1>
    <p class="quiet">to go on to ${name}</p>
    <form method="post" action="/oidc/interaction/${uid}/link/${token}">
      ${offer && html`<button type="submit" name="link" value="${offer.id}" autofocus>Log in and link ${offer.label}</button>`}
      <button type="submit" ${offer ? html`class="second"` : html`autofocus`}>Log in${offer && html` without linking`}</button>
    </form>`,
});
