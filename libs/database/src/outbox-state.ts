import type { DataSource } from 'typeorm';
import { DEAD_LETTERS } from './queues.ts';
import { select } from './select.ts';

/** The state of one queue of an outbox. */
export interface OutboxState {
  readonly queue: string;
  /** The number of events that wait for their delivery. */
  readonly depth: number;
  /** The age of the oldest of them, in seconds; 0 if none waits. */
  readonly oldestAgeS: number;
  /** The number of events that their receiver refused for good. */
  readonly deadLetters: number;
}

/** Both counts read the index of the jobs that wait. */
const STATE = `
  SELECT queue.name AS queue, waiting.depth, waiting."oldestAgeS", dead.letters AS "deadLetters"
  FROM pgboss.queue
  CROSS JOIN LATERAL (
    SELECT count(*)::int AS depth, coalesce(extract(epoch FROM now() - min(created_on)), 0)::float8 AS "oldestAgeS"
    FROM pgboss.job WHERE name = queue.name AND state < 'active' AND NOT blocked
  ) waiting
  CROSS JOIN LATERAL (
    SELECT count(*)::int AS letters
    FROM pgboss.job WHERE name = '${DEAD_LETTERS}' AND state < 'active' AND NOT blocked AND source_name = queue.name
  ) dead
  WHERE queue.name <> '${DEAD_LETTERS}' AND queue.name NOT LIKE '\\_\\_pgboss%'
  ORDER BY queue.name`;

/** The state of each queue in a service's database. A database without an outbox has none. */
export const outboxState = (dataSource: DataSource): Promise<OutboxState[]> => selectIfExists(dataSource, STATE);

async function selectIfExists<Row extends object>(dataSource: DataSource, text: string): Promise<Row[]> {
  const [found] = await select<{ exists: boolean }>(dataSource, "SELECT to_regclass('pgboss.queue') IS NOT NULL AS exists", []);
  return found?.exists ? select<Row>(dataSource, text, []) : [];
}
