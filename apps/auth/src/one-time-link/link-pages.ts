import { html, notice, type Page } from '@reputable/page';
import { LINK_LIFETIME_MIN } from './one-time-links.ts';

/** The answer to every request for a link, whether the address has an account or not. */
export const linkSent = (email: string): Page => ({
  title: 'Check your mail',
  formTargets: 'none',
  body: html`<h1>Check your mail</h1>
    <p>If there is an account with the address <span class="whole">${email}</span>, we have sent a link to it.</p>
    <p>The link is valid once, and for ${String(LINK_LIFETIME_MIN)} minutes at most. If no mail arrives, look among unwanted mail.</p>`,
});

/** For a link that was used, has expired, was replaced, or never existed. */
export const linkOver: Page = {
  ...notice(
    'This link is not valid any more',
    `A link is valid once, and for ${String(LINK_LIFETIME_MIN)} minutes at most. After a new password or address, all earlier links are invalid.`,
    'Request a new link where you requested this one.',
  ),
  hasSecretUrl: true,
};
