import type { AuthenticatedUser } from '@reputable/auth';

/** The worth of each kind of event, and the service that reports it. */
export const KINDS = {
  POST_UPVOTED: { worth: 10, service: 'post' },
  POST_DOWNVOTED: { worth: -2, service: 'post' },
  DOWNVOTE_CAST: { worth: -1, service: 'post' },
  COMMENT_UPVOTED: { worth: 2, service: 'comment' },
} as const;

/** The name of a kind of event. */
export type Kind = keyof typeof KINDS;

/** The change of the sum by an event. */
export const deltaOf = ({ kind, undone }: { kind: Kind; undone: boolean }) => (undone ? -KINDS[kind].worth : KINDS[kind].worth);

/** A service reports only its own kinds of events. */
export const mayReport = (service: string | undefined, kind: Kind) => KINDS[kind].service === service;

/**
 * Events older than this are refused, in days. An outbox delivers them within seconds; only dead letters and outages get older. Counted events
 * older than this may be forgotten, so a repetition could count twice.
 */
export const MAX_AGE_DAYS = 30;

/** Whether an event is too old to be counted at the time `now`, in milliseconds since the epoch. */
export const isTooOld = ({ occurredAt }: { readonly occurredAt: Date }, now = Date.now()) =>
  occurredAt.getTime() < now - MAX_AGE_DAYS * 86_400_000;

/** Users see their own events; moderators see everyone's. */
export const maySeeEvents = (user: AuthenticatedUser, userId: string) => user.id === userId || user.has('MODERATOR');
