import { html, notice, type Page } from '@reputable/page';
import { ownerForm } from '../link-owner/owner-form.ts';
import type { OwnerPageContent } from '../link-owner/owner-pages.ts';

/** The page of a link that verifies an address. The link is used by its form alone. */
export const verifyEmailPage = ({ token, email, ...form }: OwnerPageContent): Page => ({
  title: form.problem === undefined ? 'Verify your e-mail address' : 'Error: Verify your e-mail address',
  hasSecretUrl: true,
  body: html`<h1>Verify your e-mail address</h1>
    <p>Is <span class="whole">${email}</span> the address of your account?</p>
    ${ownerForm({ ...form, path: `/verify-email/${token}`, label: 'Verify this address' })}`,
});

/** The page after the verification. */
export const emailVerified = (email: string): Page => ({
  ...notice('Your e-mail address is verified', `You have shown that you read mail to ${email}.`, 'You can close this page.'),
  hasSecretUrl: true,
});
