import { type Reason, ReasonSchema } from '@reputable/contracts/auth/v1/reason';
import { Code, errorsOf } from '@reputable/errors';

const error = errorsOf<keyof typeof Reason>(ReasonSchema);

/** The e-mail address has an account by now. */
export const emailTaken = () => error(Code.ALREADY_EXISTS, 'EMAIL_TAKEN', 'There is an account with this e-mail address. Log in instead.');

/** No registration that waits has this link. */
export const linkInvalid = () => error(Code.UNAUTHENTICATED, 'LINK_INVALID', 'This link is not valid any more. Register again.');

/** The password is not the one of the registration. */
export const registrationPasswordWrong = () =>
  error(Code.UNAUTHENTICATED, 'CREDENTIALS_INVALID', 'This is not the password that was chosen at the registration.');

/** The account has begun, and recovery will complete it. */
export const registrationIncomplete = () =>
  error(
    Code.UNAVAILABLE,
    'REGISTRATION_INCOMPLETE',
    'Your registration is confirmed. Your account will be ready in some seconds: then log in.',
  );
