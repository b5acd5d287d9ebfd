import { observed } from '@reputable/tracing';
import type { OutboxState } from './outbox-state.ts';

const EVENTS = { name: 'reputable.outbox.events', unit: '{event}', description: 'Events that wait for their delivery' };
const AGE = { name: 'reputable.outbox.age', unit: 's', description: 'Age of the oldest event that waits for its delivery' };
const DEAD_LETTERS = { name: 'reputable.outbox.dead_letters', unit: '{event}', description: 'Events that their receivers refuse for good' };

const attributesOf = ({ queue }: OutboxState) => ({ 'messaging.destination.name': queue });

/** Reports the last known state of the queues. All replicas of a service report the same. Returns a function that ends that. */
export function observeOutboxes(last: () => readonly OutboxState[]): () => void {
  const stops = [
    observed(EVENTS, (result) => {
      for (const state of last()) result.observe(state.depth, attributesOf(state));
    }),
    observed(AGE, (result) => {
      for (const state of last()) result.observe(state.oldestAgeS, attributesOf(state));
    }),
    observed(DEAD_LETTERS, (result) => result.observe(last().reduce((sum, { deadLetters }) => sum + deadLetters, 0))),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
