import { html, type Page } from '@reputable/page';

/** The page after a log-out at a provider. It does not say that the user is logged out there: the user may have declined. */
export const loggedOut = (label: string | undefined, logIn: string): Page => ({
  title: 'You are logged out',
  formTargets: 'none',
  body: html`<h1>You are logged out</h1>
    <p>Your session here has ended.${label !== undefined && html` You are back from ${label}.`}</p>
    <p><a href="${logIn}">Log in</a></p>`,
});
