import { type Reason, ReasonSchema } from '@reputable/contracts/post/v1/reason';
import { Code, errorsOf } from '@reputable/errors';

const error = errorsOf<keyof typeof Reason>(ReasonSchema);

/** There is no such post. */
export const postNotFound = (id: string) => error(Code.NOT_FOUND, 'POST_NOT_FOUND', `Post ${id} does not exist.`, { id });

/** Somebody who may not tried to edit the post of somebody else. */
export const notYoursToEdit = () =>
  error(Code.PERMISSION_DENIED, 'NOT_YOUR_POST', 'Only its author, a moderator or somebody with 2,000 reputation may edit a post.');

/** Somebody who may not tried to delete the post of somebody else. */
export const notYoursToDelete = () => error(Code.PERMISSION_DENIED, 'NOT_YOUR_POST', 'Only its author or a moderator may delete a post.');

/** Somebody voted on their own post. */
export const ownPost = () => error(Code.PERMISSION_DENIED, 'OWN_POST', 'Nobody votes on their own post.');
