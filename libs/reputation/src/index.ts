export { type ReputationEvent, ReputationOutbox } from './reputation.outbox.ts';
export { CREATE_VOTE_COUNT, secondsToNextMinute, VoteLimit, votesPerMinute } from './vote-limit.ts';
