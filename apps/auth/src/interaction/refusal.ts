import { notice } from '@reputable/page';
import { GONE, over } from '../page/notice.ts';
import { Refusal } from '../page/refusal.ts';

/** The browser sent no interaction cookie: it blocks cookies, or the cookie expired. */
export const cookieMissing = () =>
  new Refusal(
    400,
    notice(
      'Your browser sent no cookie',
      'To log you in safely, this page needs a cookie, and it came without one. Either your browser blocks cookies from this site, or the page was open for more than ten minutes.',
      'Allow cookies for this site, go back to the application, and log in again from there.',
    ),
  );

/** A link to log in was opened in a browser that did not ask for it. */
export const anotherBrowser = () =>
  new Refusal(400, {
    ...notice(
      'Open this link in the browser where you asked for it',
      'The link logs in the browser that asked for it, and no other. It is still valid.',
      'Copy the link from the mail into that browser, within ten minutes of the log-in page. Or log in from the application again, in this one.',
    ),
    hasSecretUrl: true,
  });

/** The interaction was answered, has expired, or never existed. */
export const interactionOver = () => new Refusal(GONE, over);
