import { type Reason, ReasonSchema } from '@reputable/contracts/auth/v1/reason';
import { Code, errorsOf } from '@reputable/errors';

const error = errorsOf<keyof typeof Reason>(ReasonSchema);

/** The user has no consent with this id. */
export const applicationNotAllowed = (id: string) =>
  error(Code.NOT_FOUND, 'APPLICATION_NOT_ALLOWED', 'This application has no access to your account. You may have withdrawn it before.', {
    id,
  });
