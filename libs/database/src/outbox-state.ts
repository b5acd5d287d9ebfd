import type { DataSource } from 'typeorm';
import { DEAD_LETTERS, Queues } from './queues.ts';

/** The state of one queue of an outbox. */
export interface OutboxState {
  readonly queue: string;
  /** The number of events that wait for their delivery. */
  readonly depth: number;
  /** The age of the oldest of them, in seconds; 0 if none waits. An event that was added for later waits from then on. */
  readonly oldestAgeS: number;
  /** The number of events that their receiver refused for good. */
  readonly deadLetters: number;
}

/** Both counts read the index of the jobs that wait. */
const STATE = `
  SELECT queue.name AS queue, waiting.depth, waiting."oldestAgeS", dead.letters AS "deadLetters"
  FROM pgboss.queue
  CROSS JOIN LATERAL (
    SELECT count(*)::int AS depth,
      greatest(0, extract(epoch FROM now() - min(CASE state WHEN 'created' THEN greatest(created_on, start_after) ELSE created_on END)))::float8
        AS "oldestAgeS"
    FROM pgboss.job WHERE name = queue.name AND state < 'active' AND NOT blocked
  ) waiting
  CROSS JOIN LATERAL (
    SELECT count(*)::int AS letters
    FROM pgboss.job WHERE name = '${DEAD_LETTERS}' AND state < 'active' AND NOT blocked AND source_name = queue.name
  ) dead
  WHERE queue.name <> '${DEAD_LETTERS}' AND queue.name NOT LIKE '\\_\\_pgboss%'
  ORDER BY queue.name`;

/** The state of each queue in a service's database; none if no outbox of this process runs there. */
export const outboxState = (dataSource: DataSource): Promise<OutboxState[]> => Queues.query<OutboxState>(dataSource, STATE);
