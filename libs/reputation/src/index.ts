export { type ReputationEvent, ReputationOutbox } from './reputation.outbox.ts';
