import type { Caller } from '@reputable/auth';

interface Authored {
  readonly authorId: string;
}

/** The reputation from which on users comment on the posts of others. */
export const COMMENTER_REPUTATION = 50;

/** On one's own post anybody comments; on another's it takes 50 reputation. */
export const mayComment = (caller: Caller, post: Authored) => caller.id === post.authorId || caller.reputation >= COMMENTER_REPUTATION;

/** Authors change their own comments, and nobody else does: moderators delete what must go. */
export const mayUpdate = (caller: Caller, comment: Authored) => caller.id === comment.authorId;

/** Authors delete their own comments; moderators delete anyone's. */
export const mayDelete = (caller: Caller, comment: Authored) => caller.id === comment.authorId || caller.has('MODERATOR');

/** Nobody votes on their own comment. */
export const mayVote = (caller: Caller, comment: Authored) => caller.id !== comment.authorId;
