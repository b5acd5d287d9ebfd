import type { Mail } from '../mail/mail.ts';

/** The mail to an address that somebody wants for another account. */
export const emailInUseMail = (to: string): Mail => ({
  to,
  subject: 'Your e-mail address has an account already',
  before: [
    'Somebody asked to use this address for another account at Reputable. It is the address of your account already, so nothing changes.',
  ],
  after: ['If it was you, log in with this address, or choose another one for the other account. If it was not you, ignore this mail.'],
});

/** The mail to an address with an account, for which somebody registered again. @param publicUrl the service's public URL */
export const registeredAlreadyMail = (publicUrl: string, to: string): Mail => ({
  to,
  subject: 'You have an account already',
  before: [
    'Somebody registered at Reputable with this address. It has an account already, so nothing changes.',
    'If it was you, log in with your password. If you forgot it, choose a new one:',
  ],
  link: { url: new URL('/forgot-password', publicUrl).href, label: 'Choose a new password' },
  after: ['If it was not you, ignore this mail.'],
});

/** The mail to the old address of an account. */
export const emailChangedMail = (to: string): Mail => ({
  to,
  subject: 'The e-mail address of your account has changed',
  before: ['Your account at Reputable has another e-mail address now, and this one is no longer used.'],
  after: [
    'If it was you, ignore this mail.',
    'If it was not you, somebody knows your password. Write to the operators of Reputable, and change this password wherever you use it.',
  ],
});

/** The mail to the address of an account that its user has deleted. */
export const accountDeletedMail = (to: string): Mail => ({
  to,
  subject: 'Your account is deleted',
  before: ['Your account at Reputable is deleted, with your profile. Your posts and comments stay, without your name.'],
  after: [
    'If it was you, ignore this mail. You can register with this address again.',
    'If it was not you, somebody knew your password. Write to the operators of Reputable, and change this password wherever you use it.',
  ],
});

const choosePassword = (publicUrl: string) => ({ url: new URL('/forgot-password', publicUrl).href, label: 'Choose a new password' });

/** The mail to the owner of an account to which a log-in with an outside provider was linked. @param publicUrl the service's public URL */
export const logInLinkedMail = (publicUrl: string, to: string, provider: string): Mail => ({
  to,
  subject: `${provider} is linked to your account`,
  before: [
    `A log-in with ${provider} is linked to your account at Reputable. From now on, it logs in to your account.`,
    'If it was you, ignore this mail. If it was not you, choose a new password. This unlinks all providers, and logs you out everywhere:',
  ],
  link: choosePassword(publicUrl),
  after: [],
});

/** The mail to the owner of an account from which a log-in with an outside provider was unlinked. @param publicUrl the service's public URL */
export const logInUnlinkedMail = (publicUrl: string, to: string, provider: string): Mail => ({
  to,
  subject: `${provider} is unlinked from your account`,
  before: [
    `A log-in with ${provider} is unlinked from your account at Reputable. It does not log in to your account any more.`,
    'If it was you, ignore this mail. If it was not you, choose a new password. This logs you out everywhere:',
  ],
  link: choosePassword(publicUrl),
  after: [],
});
