import type { Mail } from '../mail/mail.ts';
import { LINK_LIFETIME_MIN, type Purpose } from './one-time-links.ts';

/** The kinds of mails with a link. */
export type LinkMailKind = Purpose | 'register' | 'confirm_outside' | 'reset_before_log_in';

/** Where a link leads, relative to the service's public URL. */
const PATHS: Readonly<Record<LinkMailKind, (token: string, interaction: string) => string>> = {
  reset_password: (token) => `/reset-password/${token}`,
  log_in: (token, interaction) => `/oidc/interaction/${interaction}/link/${token}`,
  verify_email: (token) => `/verify-email/${token}`,
  change_email: (token) => `/change-email/${token}`,
  reset_before_log_in: (token) => `/reset-password/${token}`,
  confirm_outside: (token, interaction) => `/oidc/interaction/${interaction}/outside/${token}`,
  register: (token) => `/confirm-registration/${token}`,
};

/** The text of each mail: the subject, the reason, the label of the link, and what to do if it was somebody else. */
const TEXTS: Readonly<Record<LinkMailKind, readonly [subject: string, reason: string, label: string, otherwise: string]>> = {
  reset_password: [
    'Reset your password',
    'Somebody asked to reset the password of your account at Reputable. If it was you, open this link and choose a new password.',
    'Choose a new password',
    'If it was not you, ignore this mail. Your password does not change.',
  ],
  log_in: [
    'Your link to log in',
    'Somebody asked for a link to log in to your account at Reputable. If it was you, open this link in the same browser, within ten minutes of the log-in page.',
    'Log in',
    'If it was not you, ignore this mail. The link does nothing in another browser.',
  ],
  reset_before_log_in: [
    'Choose a password before you log in',
    'Somebody asked for a link to log in to your account at Reputable. Its address was never verified, so somebody else may have created the account. If it was you, open this link and choose a new password, which nobody else knows.',
    'Choose a new password',
    'If it was not you, ignore this mail. Your password does not change.',
  ],
  verify_email: [
    'Verify your e-mail address',
    'Open this link to show that you read mail to this address.',
    'Verify this address',
    'If you have no account at Reputable, ignore this mail.',
  ],
  change_email: [
    'Confirm your new e-mail address',
    'Somebody asked to use this address for an account at Reputable. If it was you, open this link.',
    'Use this address',
    'If it was not you, ignore this mail. Nothing changes.',
  ],
  confirm_outside: [
    'Confirm your e-mail address',
    'Somebody wants an account at Reputable with this address, by a log-in with another site. If it was you, open this link in the same browser, within ten minutes of the log-in page.',
    'Use this address',
    'If it was not you, ignore this mail. The link does nothing in another browser, and there will be no account.',
  ],
  register: [
    'Confirm your registration',
    'Somebody registered at Reputable with this address. If it was you, open this link and enter the password that you chose.',
    'Confirm the registration',
    'If it was not you, ignore this mail. Without the password, there will be no account.',
  ],
};

/** The mail with a link. @param publicUrl the service's public URL, from its configuration */
export function linkMail(publicUrl: string, kind: LinkMailKind, to: string, token: string, interaction = ''): Mail {
  const [subject, reason, label, otherwise] = TEXTS[kind];
  return {
    to,
    subject,
    before: [reason, `The link is valid once, and for ${String(LINK_LIFETIME_MIN)} minutes at most.`],
    link: { url: new URL(PATHS[kind](token, interaction), publicUrl).href, label },
    after: [otherwise],
  };
}
