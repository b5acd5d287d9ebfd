import { notice, type Page } from '@reputable/page';

/** The page for unexpected errors. */
export const broken = notice('Something broke', 'The server has an error. Wait a moment, go back to the application and try again.');

/** The HTTP status for an address that another account has. */
export const CONFLICT = 409;

/** The HTTP status of {@link over}. */
export const GONE = 410;

/** For a log-in or consent page that was answered already, or expired. */
export const over: Page = notice(
  'This page is over',
  'It has been answered already, or was open for more than ten minutes. Nothing is lost.',
  'Go back to the application, and log in again from there. If you are logged in, you will not be asked twice.',
);
