import { html, notice, type Page } from '@reputable/page';
import { ownerForm } from '../link-owner/owner-form.ts';
import type { OwnerPageContent } from '../link-owner/owner-pages.ts';

/** The page of a link that changes an address. The link is used by its form alone. */
export const changeEmailPage = ({ token, email, ...form }: OwnerPageContent): Page => ({
  title: form.problem === undefined ? 'Change your e-mail address' : 'Error: Change your e-mail address',
  hasSecretUrl: true,
  body: html`<h1>Change your e-mail address</h1>
    <p>Your account gets the address <span class="whole">${email}</span>. You log in with it from then on.</p>
    ${ownerForm({ ...form, path: `/change-email/${token}`, label: 'Use this address' })}`,
});

/** The page after the change. */
export const emailChanged = (email: string): Page => ({
  ...notice('Your e-mail address is changed', `Log in with ${email} from now on. Your password and your sessions stay the same.`),
  hasSecretUrl: true,
});

/** For an address that got an account after the link was requested. */
export const emailTaken: Page = {
  ...notice('This address cannot be used', 'It has an account by now. Your own account keeps its address.', 'Choose another address.'),
  hasSecretUrl: true,
};
