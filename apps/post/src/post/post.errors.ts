import { type Reason, ReasonSchema } from '@reputable/contracts/post/v1/reason';
import { Code, errorsOf } from '@reputable/errors';

const error = errorsOf<keyof typeof Reason>(ReasonSchema);

/** The post does not exist. */
export const postNotFound = (id: string) => error(Code.NOT_FOUND, 'POST_NOT_FOUND', `Post ${id} does not exist.`, { id });

/** The user may not edit this post. */
export const notYoursToEdit = () =>
  error(Code.PERMISSION_DENIED, 'NOT_YOUR_POST', 'Only its author, a moderator or somebody with 2,000 reputation may edit a post.');

/** The user may not delete this post. */
export const notYoursToDelete = () => error(Code.PERMISSION_DENIED, 'NOT_YOUR_POST', 'Only its author or a moderator may delete a post.');

/** The post has changed since the version that the change is based on. */
export const postChanged = (id: string) =>
  error(Code.ABORTED, 'POST_CHANGED', 'The post has changed since you read it. Read it again.', { id });

/** The user voted on their own post. */
export const ownPost = () => error(Code.PERMISSION_DENIED, 'OWN_POST', 'Nobody votes on their own post.');

/** The user has cast too many votes in this minute. */
export const tooManyVotes = (retryAfter: number) =>
  error(Code.RESOURCE_EXHAUSTED, 'TOO_MANY_VOTES', `Too many votes in a minute. Try again in ${retryAfter} seconds.`, {
    retryAfter: String(retryAfter),
  });
