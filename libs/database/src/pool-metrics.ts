import { observed } from '@reputable/tracing';
import type pg from 'pg';
import type { DataSource } from 'typeorm';

/** The part of TypeORM's driver for PostgreSQL with its pool, which TypeORM does not type. */
interface Pooled {
  readonly master: pg.Pool;
}

const POOL = { 'db.client.connection.pool.name': 'typeorm' };

const STATE = 'db.client.connection.state';

/** Reports the connections of a data source that is connected, in the names of the semantic conventions for databases. */
export function observePool({ driver }: DataSource): void {
  const { master: pool } = driver as unknown as Pooled;
  const connections = { summable: true, unit: '{connection}' };
  observed({ ...connections, name: 'db.client.connection.count', description: 'Connections to PostgreSQL, by state' }, (result) => {
    result.observe(pool.idleCount, { ...POOL, [STATE]: 'idle' });
    result.observe(pool.totalCount - pool.idleCount, { ...POOL, [STATE]: 'used' });
  });
  observed({ ...connections, name: 'db.client.connection.max', description: 'Most connections to PostgreSQL' }, (result) =>
    result.observe(pool.options.max, POOL),
  );
  const waiting = { name: 'db.client.connection.pending_requests', unit: '{request}', description: 'Requests that wait for a connection' };
  observed({ ...waiting, summable: true }, (result) => result.observe(pool.waitingCount, POOL));
}
