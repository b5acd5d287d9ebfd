import { type Reason, ReasonSchema } from '@reputable/contracts/comment/v1/reason';
import { Code, errorsOf } from '@reputable/errors';

const error = errorsOf<keyof typeof Reason>(ReasonSchema);

/** The comment does not exist. */
export const commentNotFound = (id: string) => error(Code.NOT_FOUND, 'COMMENT_NOT_FOUND', `Comment ${id} does not exist.`, { id });

/** The user is not the author and may not change the comment. */
export const notYoursToChange = () => error(Code.PERMISSION_DENIED, 'NOT_YOUR_COMMENT', 'Only its author may change a comment.');

/** The user is neither the author nor a moderator and may not delete the comment. */
export const notYoursToDelete = () =>
  error(Code.PERMISSION_DENIED, 'NOT_YOUR_COMMENT', 'Only its author or a moderator may delete a comment.');

/** The user voted on their own comment. */
export const ownComment = () => error(Code.PERMISSION_DENIED, 'OWN_COMMENT', 'Nobody votes on their own comment.');

/** The author of the post is suspended. */
export const authorSuspended = (author: string) =>
  error(Code.FAILED_PRECONDITION, 'AUTHOR_SUSPENDED', `${author} is suspended, so nobody comments on ${author}'s posts.`);

/** The user has cast too many votes in this minute. */
export const tooManyVotes = (retryAfter: number) =>
  error(Code.RESOURCE_EXHAUSTED, 'TOO_MANY_VOTES', `Too many votes in a minute. Try again in ${retryAfter} seconds.`, {
    retryAfter: String(retryAfter),
  });
