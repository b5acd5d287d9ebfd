import type { AuthenticatedUser } from '@reputable/auth';
import type { GrantableScope } from '@reputable/contracts';
import type { Post } from './post.entity.ts';

/** The reputation that users need to edit posts of others. */
export const EDITOR_REPUTATION = 2_000;

type Authored = Pick<Post, 'authorId'>;

/** Authors edit their own posts; moderators and users with 2,000 reputation edit anyone's. */
export const mayEdit = (user: AuthenticatedUser, post: Authored) =>
  user.id === post.authorId || user.has('MODERATOR') || user.reputation >= EDITOR_REPUTATION;

/** Authors delete their own posts; moderators delete anyone's. */
export const mayDelete = (user: AuthenticatedUser, post: Authored) => user.id === post.authorId || user.has('MODERATOR');

/** Users see their own votes. An application of theirs needs this scope for it. */
export const maySeeOwnVotes = (user: AuthenticatedUser) => user.scopes.includes('posts:read' satisfies GrantableScope);

/** Users do not vote on their own posts. */
export const mayVote = (user: AuthenticatedUser, post: Authored) => user.id !== post.authorId;
