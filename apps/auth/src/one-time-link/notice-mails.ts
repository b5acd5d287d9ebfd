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
