import { html, type Html, notice, type Page } from '@reputable/page';
import { focus, passwordField, problemNotice, WRONG } from '../page/form.ts';
import type { Problem } from '../page/form-error.ts';
import type { FailureKind } from '../outside-provider/provider-failure.ts';
import type { Identity } from '../outside-provider/outside-provider.ts';

/** A link to go on with. */
export interface Way {
  readonly href: string;
  readonly text: string;
}

/** The page that takes the browser to the provider: a redirect after a form would need the provider's origin in the policy of the form. */
export const toProvider = (label: string, url: string): Page => ({
  title: `Continue with ${label}`,
  formTargets: 'none',
  next: url,
  body: html`<h1>Continue with ${label}</h1>
    <p>You are being taken to ${label}.</p>
    <p><a href="${url}" rel="noreferrer">Go on</a></p>`,
});

/** A page with sentences and a link. */
export const withWay = (title: string, sentences: readonly string[], { href, text }: Way): Page => ({
  title,
  formTargets: 'none',
  body: html`<h1>${title}</h1>
    ${sentences.map((sentence) => html`<p>${sentence}</p>`)}
    <p><a href="${href}">${text}</a></p>`,
});

/** The titles and sentences of the pages for failures. */
const FAILURES: Readonly<Record<FailureKind, (label: string) => readonly [title: string, ...sentences: string[]]>> = {
  denied: (label) => [`You did not log in with ${label}`, `${label} says that you did not allow it. Nothing has changed here.`],
  unavailable: (label) => [
    `${label} does not answer`,
    `To log you in, this page has to reach ${label}, which is down, slow or has an error. Nothing has changed here.`,
    'Try again in a few minutes, or log in another way.',
  ],
  clock: (label) => [
    `The time of ${label} is wrong`,
    `The answer of ${label} is from another time: its clock is more than three minutes off, or the answer is too old. Nothing has changed here.`,
    'Try again. If it happens again, log in another way, and tell the operator of this site.',
  ],
  invalid: (label) => [
    `The answer of ${label} is not valid`,
    `The answer may be forged, or belong to another log-in. You are not logged in by it, and nothing has changed here.`,
    'Try again. If it happens again, log in another way, and tell the operator of this site.',
  ],
};

/** The page for a failed log-in with a provider. */
export function failed(kind: FailureKind, label: string, way: Way): Page {
  const [title, ...sentences] = FAILURES[kind](label);
  return withWay(title, sentences, way);
}

export const providerMissing = notice(
  'This provider does not exist',
  'Nobody can log in with it here, or not any more.',
  'Go back to the application that you want to use and log in from there.',
);

/** For an answer of a provider without the cookie of the browser that began. */
export const anotherLogIn = (label: string): Page =>
  notice(
    'This browser did not begin this log-in',
    `An answer of ${label} came without the cookie of the log-in that it belongs to. Either the log-in began in another browser or took more than ten minutes, or your browser blocks cookies from this site.`,
    'Nothing has changed. Go back to the application that you want to use and log in again from there.',
  );

/** For an address that the provider does not state. */
export const addressMissing = (label: string, way: Way): Page =>
  withWay(
    `${label} does not state your e-mail address`,
    [
      'An account here needs an e-mail address, so none was created.',
      `Allow ${label} to share your address and try again. Or log in another way and then link ${label} to your account.`,
    ],
    way,
  );

/** For a log-in that is older than the application allows. */
export const notFresh = (label: string, way: Way): Page =>
  withWay(
    'Log in once more',
    [
      `The application asks you to log in now, and ${label} does not say that you did.`,
      `Log out at ${label} and try again, or log in another way.`,
    ],
    way,
  );

/** For an address that got an account, or a user who was linked, while the page was open. */
export const changedMeanwhile = (way: Way): Page =>
  withWay('Something has changed', ['Meanwhile there is an account with this address, or with this log-in. Nothing was created.'], way);

/** Whom the provider says the user to be. */
export const identityList = (label: string, { email, name }: Identity): Html =>
  html`<dl>
    <dt>At ${label}</dt>
    <dd>${[name, email].filter((text) => text !== null).join(', ') || 'a user without a name'}</dd>
  </dl>`;

/** The form of a page about a log-in that a provider has answered. */
export interface AnswerForm {
  readonly label: string;
  readonly identity: Identity;
  /** Where the page's forms post to. */
  readonly path: string;
  /** The origin that the browser is redirected to in the end. */
  readonly origin: string;
  readonly problem?: Problem | undefined;
}

/** The page that creates an account. @param displayName as typed, or the provider's */
export const newAccountPage = ({ label, identity, path, origin, problem }: AnswerForm, displayName: string): Page => ({
  title: problem ? 'Error: Create an account' : 'Create an account',
  formTargets: [origin],
  body: html`<h1>Create an account</h1>
    <p class="quiet">You have none here yet. From now on you log in with ${label}.</p>
    ${problem && problemNotice(problem.text, 'displayName')} ${identityList(label, identity)}
    <form method="post" action="${path}/account">
      <div class="field">
        <label for="displayName">Display name, which everybody sees</label>
        <input
          id="displayName"
          name="displayName"
          type="text"
          value="${displayName}"
          autocomplete="nickname"
          maxlength="50"
          required
          ${problem && WRONG}
          ${focus(true)}
        />
      </div>
      <button type="submit">Create the account</button>
    </form>
    <p class="below"><a href="${path.replace(/\/outside\/.*/, '')}">I have an account with another address</a></p>`,
});

/** The page for an address that has an account: only the account's own log-in links the provider to it. */
export const ownLogInPage = ({ label, identity, path, origin, problem }: AnswerForm): Page => ({
  title: problem ? `Error: Link ${label} to your account` : `Link ${label} to your account`,
  formTargets: [origin],
  body: html`<h1>Link ${label} to your account</h1>
    <p>
      There is an account here with the address <span class="whole">${identity.email ?? ''}</span>, and ${label} is not linked to it. Show
      that it is yours: log in to it once more. From then on, ${label} logs you in to it.
    </p>
    ${problem && problemNotice(problem.text, 'password')}
    <form method="post" action="${path}/log-in">
      ${passwordField({ isWrong: problem !== undefined, hasFocus: true }, 'Password of your account here')}
      <button type="submit">Log in and link ${label}</button>
      <button type="submit" class="second" formaction="${path}/mail" formnovalidate>E-mail me a link to log in</button>
    </form>
    <p class="below"><a href="${path.replace(/\/outside\/.*/, '')}">Log in without linking</a></p>`,
});

/** For a browser that is not logged in and wants to link a provider. */
export const notLoggedIn = (way: Way): Page =>
  withWay('You are not logged in', ['Log in first. Then open the page of your account and link the provider from there.'], way);

/** For a user without a password whose log-in is too long ago to link a provider. */
export const logInAgain = (way: Way): Page =>
  withWay(
    'Log in again',
    [
      'To link a provider, log in again: your last log-in is more than five minutes ago. Then link the provider from the page of your account.',
    ],
    way,
  );

/** The form of a browser that is logged in, before it goes to the provider. */
export interface BeginForm {
  readonly label: string;
  readonly path: string;
  /** The address of the account. */
  readonly email: string;
  /** Whether the last log-in is too long ago. */
  readonly needsPassword: boolean;
  readonly problem?: Problem;
}

/** The page of a browser that is logged in, before it goes to the provider. */
export const beginLinkPage = ({ label, path, email, needsPassword, problem }: BeginForm): Page => ({
  title: `${problem ? 'Error: ' : ''}Link ${label} to your account`,
  body: html`<h1>Link ${label} to your account</h1>
    <p>You are logged in as <span class="whole">${email}</span>. After this, you can also log in to this account with ${label}.</p>
    ${needsPassword && html`<p class="quiet">Your last log-in is more than five minutes ago, so enter your password.</p>`}
    ${problem && problemNotice(problem.text, 'password')}
    <form method="post" action="${path}">
      ${needsPassword && passwordField({ isWrong: problem !== undefined, hasFocus: true }, 'Password of your account here')}
      <button type="submit" ${focus(!needsPassword)}>Continue with ${label}</button>
    </form>`,
});

/** The page that asks to confirm a link, after the provider has answered. */
export const confirmLinkPage = ({ label, identity, path }: Omit<AnswerForm, 'origin'>, email: string): Page => ({
  title: `Link ${label} to your account?`,
  body: html`<h1>Link ${label} to your account?</h1>
    ${identityList(label, identity)}
    <dl>
      <dt>Your account here</dt>
      <dd class="whole">${email}</dd>
    </dl>
    <p>Whoever can log in at ${label} as this user can then log in to your account here.</p>
    <form method="post" action="${path}">
      <button type="submit" autofocus>Link ${label}</button>
    </form>`,
});

/** The page after a link. */
export const linkedPage = (label: string, way: Way): Page =>
  withWay(`${label} is linked`, [`From now on you can log in to your account with ${label}.`], way);
