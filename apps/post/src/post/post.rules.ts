import type { AuthenticatedUser } from '@reputable/auth';
import type { Post } from './post.entity.ts';

/** The reputation from which on users edit the posts of others. */
export const EDITOR_REPUTATION = 2_000;

type Authored = Pick<Post, 'authorId'>;

/** Authors edit their own posts; moderators and 2,000 reputation edit anyone's. */
export const mayEdit = (user: AuthenticatedUser, post: Authored) =>
  user.id === post.authorId || user.has('MODERATOR') || user.reputation >= EDITOR_REPUTATION;

/** Authors delete their own posts; moderators delete anyone's. */
export const mayDelete = (user: AuthenticatedUser, post: Authored) => user.id === post.authorId || user.has('MODERATOR');

/** Nobody votes on their own post. */
export const mayVote = (user: AuthenticatedUser, post: Authored) => user.id !== post.authorId;
