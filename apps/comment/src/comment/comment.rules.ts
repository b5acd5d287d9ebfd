import type { AuthenticatedUser } from '@reputable/auth';

interface Authored {
  readonly authorId: string;
}

/** The reputation from which on users comment on the posts of others. */
export const COMMENTER_REPUTATION = 50;

/** On one's own post anybody comments; on another's it takes 50 reputation. */
export const mayComment = (user: AuthenticatedUser, post: Authored) => user.id === post.authorId || user.reputation >= COMMENTER_REPUTATION;

/** Authors change their own comments, and nobody else does: moderators delete what must go. */
export const mayUpdate = (user: AuthenticatedUser, comment: Authored) => user.id === comment.authorId;

/** Authors delete their own comments; moderators delete anyone's. */
export const mayDelete = (user: AuthenticatedUser, comment: Authored) => user.id === comment.authorId || user.has('MODERATOR');

/** Nobody votes on their own comment. */
export const mayVote = (user: AuthenticatedUser, comment: Authored) => user.id !== comment.authorId;
