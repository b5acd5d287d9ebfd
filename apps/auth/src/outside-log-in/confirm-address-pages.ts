import { html, type Page } from '@reputable/page';
import { focus, passwordField, problemNotice } from '../page/form.ts';
import { type AnswerForm, identityList } from './outside-pages.ts';

/**
 * The page for an address that the provider has not verified. It is the same whether the address has an account or not: only the
 * reader of its mail gets to know.
 */
export const unverifiedPage = ({ label, identity, path, origin, problem }: AnswerForm): Page => ({
  title: problem ? 'Error: Confirm your e-mail address' : 'Confirm your e-mail address',
  formTargets: [origin],
  body: html`<h1>Confirm your e-mail address</h1>
    <p>${label} states your address, but has not verified it. Show that it is yours: get a link by mail, and open it in this browser.</p>
    ${problem && problemNotice(problem.text, problem.fields.includes('password') ? 'password' : undefined)} ${identityList(label, identity)}
    <form method="post" action="${path}/mail">
      <button type="submit" ${focus(problem === undefined)}>E-mail me a link</button>
    </form>
    <h2>If you have an account here with this address</h2>
    <form method="post" action="${path}/log-in">
      ${passwordField({ isWrong: problem?.fields.includes('password') ?? false, hasFocus: problem !== undefined }, 'Password of your account here')}
      <button type="submit" class="second">Log in and link ${label}</button>
    </form>
    <p class="below"><a href="${path.replace(/\/outside\/.*/, '')}">Log in without linking</a></p>`,
});

/** The page after the mail was requested. */
export const confirmationSent = (email: string): Page => ({
  title: 'Check your mail',
  formTargets: 'none',
  body: html`<h1>Check your mail</h1>
    <p>We have sent a link to <span class="whole">${email}</span>. Open it in this browser, within ten minutes of the log-in page.</p>
    <p>If no mail arrives, look among unwanted mail.</p>`,
});
