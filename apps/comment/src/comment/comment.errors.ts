import { type Reason, ReasonSchema } from '@reputable/contracts/comment/v1/reason';
import { Code, errorsOf } from '@reputable/errors';

const error = errorsOf<keyof typeof Reason>(ReasonSchema);

/** There is no such comment. */
export const commentNotFound = (id: string) => error(Code.NOT_FOUND, 'COMMENT_NOT_FOUND', `Comment ${id} does not exist.`, { id });

/** Somebody tried to change the comment of somebody else. */
export const notYoursToChange = () => error(Code.PERMISSION_DENIED, 'NOT_YOUR_COMMENT', 'Only its author may change a comment.');

/** Somebody who may not tried to delete the comment of somebody else. */
export const notYoursToDelete = () =>
  error(Code.PERMISSION_DENIED, 'NOT_YOUR_COMMENT', 'Only its author or a moderator may delete a comment.');

/** Somebody voted on their own comment. */
export const ownComment = () => error(Code.PERMISSION_DENIED, 'OWN_COMMENT', 'Nobody votes on their own comment.');

/** Somebody commented on a post whose author is suspended. */
export const authorSuspended = (author: string) =>
  error(Code.FAILED_PRECONDITION, 'AUTHOR_SUSPENDED', `${author} is suspended, so nobody comments on ${author}'s posts.`);
