import { html, notice, type Page } from '@reputable/page';

/** The page of a link that verifies an address. The link is used by its form alone. */
export const verifyEmailPage = (token: string, email: string): Page => ({
  title: 'Verify your e-mail address',
  hasSecretUrl: true,
  body: html`<h1>Verify your e-mail address</h1>
    <p>Is <span class="whole">${email}</span> the address of your account?</p>
    <form method="post" action="/verify-email/${token}">
      <button type="submit" autofocus>Verify this address</button>
    </form>`,
});

/** The page after the verification. */
export const emailVerified = (email: string): Page => ({
  ...notice('Your e-mail address is verified', `You have shown that you read mail to ${email}.`, 'You can close this page.'),
  hasSecretUrl: true,
});
