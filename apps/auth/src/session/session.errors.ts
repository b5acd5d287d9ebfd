import { type Reason, ReasonSchema } from '@reputable/contracts/auth/v1/reason';
import { Code, errorsOf } from '@reputable/errors';

const error = errorsOf<keyof typeof Reason>(ReasonSchema);

/** The user has no live session with this id. */
export const sessionNotFound = (id: string) =>
  error(Code.NOT_FOUND, 'SESSION_NOT_FOUND', 'You have no such session. It may have ended before.', { id });
