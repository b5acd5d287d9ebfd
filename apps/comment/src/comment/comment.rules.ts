import type { AuthenticatedUser } from '@reputable/auth';

interface Authored {
  readonly authorId: string;
}

/** The reputation that users need to comment on posts of others. */
export const COMMENTER_REPUTATION = 50;

/** Authors comment on their own posts; other users need 50 reputation. */
export const mayComment = (user: AuthenticatedUser, post: Authored) => user.id === post.authorId || user.reputation >= COMMENTER_REPUTATION;

/** Only authors change their comments. Moderators can only delete comments. */
export const mayUpdate = (user: AuthenticatedUser, comment: Authored) => user.id === comment.authorId;

/** Authors delete their own comments; moderators delete anyone's. */
export const mayDelete = (user: AuthenticatedUser, comment: Authored) => user.id === comment.authorId || user.has('MODERATOR');

/** Users do not vote on their own comments. */
export const mayVote = (user: AuthenticatedUser, comment: Authored) => user.id !== comment.authorId;
