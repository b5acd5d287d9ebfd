import { html, type Page } from '@reputable/page';
import { ACCOUNT } from './account-page.ts';

/** The pages of the account. */
const PAGES = [
  { path: 'sessions', title: 'Sessions', about: 'Where you are logged in' },
  { path: 'tokens', title: 'Personal access tokens', about: 'For your own scripts' },
  { path: 'applications', title: 'Applications', about: 'What you have allowed others' },
  { path: 'log-ins', title: 'Linked log-ins', about: 'With accounts that you have elsewhere' },
];

/** The pages of an account that its user logs in to at our own authorization server. */
const LOCAL_PAGES = [
  { path: 'email', title: 'E-mail address', about: 'Verify or change it' },
  { path: 'password', title: 'Password', about: 'The one that you log in with' },
  { path: 'export', title: 'Download your data', about: 'Your data, as a JSON file' },
  { path: 'delete', title: 'Delete your account', about: 'With everything about you' },
];

/**
 * The overview of the account.
 *
 * @param name the user's display name; undefined if it is not known now
 * @param isLocal whether users log in at our own authorization server
 */
export const overviewPage = (name: string | undefined, isLocal: boolean): Page => ({
  title: 'Your account',
  isWide: true,
  body: html`<h1>Your account</h1>
    <p class="quiet">You are logged in${name !== undefined && html` as ${name}`}.</p>
    <ul class="rows">
      ${[...PAGES, ...(isLocal ? LOCAL_PAGES : [])].map(({ path, title, about }) => html`<li><a href="${ACCOUNT}/${path}">${title}</a> <span class="quiet">${about}</span></li>`)}
    </ul>
    <form method="post" action="${ACCOUNT}/log-out"><button type="submit" class="second">Log out</button></form>`,
});
