import { type Reason, ReasonSchema } from '@reputable/contracts/user/v1/reason';
import { Code, errorsOf } from '@reputable/errors';

const error = errorsOf<keyof typeof Reason>(ReasonSchema);

/** The user does not exist. */
export const userNotFound = (id: string) => error(Code.NOT_FOUND, 'USER_NOT_FOUND', `User ${id} does not exist.`, { id });

/** The user is the last admin, so the account cannot be deleted. */
export const lastAdmin = () =>
  error(Code.FAILED_PRECONDITION, 'LAST_ADMIN', 'You are the last admin. Grant the role to another user before you delete your account.');

/** A moderator tried to suspend an admin. */
export const userOutranksYou = () => error(Code.PERMISSION_DENIED, 'USER_OUTRANKS_YOU', 'Only an admin may suspend an admin.');
