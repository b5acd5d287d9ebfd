import { html, type Page } from '@reputable/page';

/** The path that begins a log-in. */
export const LOG_IN = '/auth/login';

/** A page with a sentence and a link, and without forms. */
export const linked = (title: string, text: string, link: { readonly href: string; readonly text: string }): Page => ({
  title,
  body: html`<h1>${title}</h1>
    <p>${text}</p>
    <p><a href="${link.href}">${link.text}</a></p>`,
  formTargets: 'none',
  // The URL of the callback contains the code.
  hasSecretUrl: true,
});

/** The page after a log-in. It opens the page at which the log-in began. */
export const loggedIn = (returnTo: string): Page => ({
  ...linked('You are logged in', 'You are being taken back to where you came from.', { href: returnTo, text: 'Go on' }),
  next: returnTo,
});

/** The page after a log-in whose cookie the browser did not send. Safari refuses secure cookies of http://localhost, other browsers take them. */
export const withoutCookie = (origin: string): Page => {
  const isPlain = origin.startsWith('http:');
  const advice = `it refuses secure cookies on ${origin}, as Safari does: use another browser, or start the system with npm start -- --tls.`;
  return linked(
    'You are not logged in',
    `Your browser did not send the cookie of this log-in. Log in again. If it happens again, ${isPlain ? advice : 'allow cookies for this site.'}`,
    { href: origin + LOG_IN, text: 'Log in' },
  );
};

/** The page after a failed log-in. Its link has an origin, because the browser may use another host name, for which it has no cookies. */
export const tryAgain = (origin: string): Page =>
  linked('You are not logged in', 'This log-in was cancelled, took too long, or was finished before.', {
    href: origin + LOG_IN,
    text: 'Log in',
  });

/** The page after an error of a service. */
export const failed = (message: string, link = { href: LOG_IN, text: 'Try again' }): Page =>
  linked('You cannot log in right now', message, link);

/** The page after a log-out at another authorization server. */
export const loggedOut = linked('You are logged out', 'Your session has ended.', { href: LOG_IN, text: 'Log in' });
