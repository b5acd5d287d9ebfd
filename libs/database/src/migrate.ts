import { DataSource } from 'typeorm';
import { withoutTimeouts } from './data-source.ts';

/** The advisory lock's key: arbitrary, the same in all replicas of a service. */
const MIGRATION_LOCK = 7_036_901;

/**
 * Runs pending migrations. An advisory lock lets only one replica run them at a time. They use connections of their own, without time-outs: an index of a
 * large table, and the wait for another replica, take longer than any statement of a call.
 */
export async function migrate({ options }: Pick<DataSource, 'options'>): Promise<void> {
  const dataSource = await new DataSource(withoutTimeouts(options)).initialize();
  const lock = dataSource.createQueryRunner();
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await dataSource.runMigrations();
  } finally {
    // The end of its session releases the lock.
    await lock.release();
    await dataSource.destroy();
  }
}

/**
 * Checks that no migrations are pending.
 *
 * @throws Error if some are
 */
export async function expectMigrated(dataSource: DataSource): Promise<void> {
  if (await dataSource.showMigrations()) throw new Error('Migrations are pending and MIGRATE_AT_START is false. Run migrate.ts first.');
}
