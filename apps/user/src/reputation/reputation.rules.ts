import type { AuthenticatedUser } from '@reputable/auth';

/** What each kind of event is worth, and which service it happens in. */
export const KINDS = {
  POST_UPVOTED: { worth: 10, service: 'post' },
  POST_DOWNVOTED: { worth: -2, service: 'post' },
  DOWNVOTE_CAST: { worth: -1, service: 'post' },
  COMMENT_UPVOTED: { worth: 2, service: 'comment' },
} as const;

/** The name of a kind of event. */
export type Kind = keyof typeof KINDS;

/** By how much an event changes the sum. */
export const deltaOf = ({ kind, undone }: { kind: Kind; undone: boolean }) => (undone ? -KINDS[kind].worth : KINDS[kind].worth);

/** A service reports what happens in it, and nothing else. */
export const mayReport = (service: string | undefined, kind: Kind) => KINDS[kind].service === service;

/** Users see their own events, moderators everybody's. */
export const maySeeEvents = (user: AuthenticatedUser, userId: string) => user.id === userId || user.has('MODERATOR');
