import { observed } from '@reputable/tracing';
import type { DataSource } from 'typeorm';

/**
 * The events that wait. An event that was added for later waits from then on. The conditions are those of the index from which pg-boss fetches.
 */
const WAITING = `
  SELECT count(*)::int AS events,
    extract(epoch FROM now() - min(CASE state WHEN 'created' THEN greatest(created_on, start_after) ELSE created_on END))::float8 AS age
  FROM pgboss.job WHERE name = $1 AND state < 'active' AND NOT blocked`;

interface Waiting {
  readonly events: number;
  readonly age: number | null;
}

/** Reports the undelivered events of a queue. All replicas of a service report the same. Returns a function that ends that. */
export function observeOutbox(dataSource: DataSource, queue: string): () => void {
  const attributes = { 'messaging.destination.name': queue };
  // While the database does not answer, the SDK reports the last value.
  const read = async (): Promise<Waiting | undefined> =>
    dataSource
      .query<Waiting[]>(WAITING, [queue])
      .then(([row]) => row)
      .catch(() => undefined);
  const stops = [
    observed({ name: 'reputable.outbox.events', unit: '{event}', description: 'Events that wait for their delivery' }, async (result) => {
      const waiting = await read();
      if (waiting) result.observe(waiting.events, attributes);
    }),
    observed(
      { name: 'reputable.outbox.age', unit: 's', description: 'Age of the oldest event that waits for its delivery' },
      async (result) => {
        const waiting = await read();
        if (waiting) result.observe(Math.max(0, waiting.age ?? 0), attributes);
      },
    ),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
