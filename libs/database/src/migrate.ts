import type { DataSource } from 'typeorm';

/** The advisory lock's key: arbitrary, the same in all replicas of a service. */
const MIGRATION_LOCK = 7_036_901;

/** Runs pending migrations. An advisory lock lets only one replica run them at a time. */
export async function migrate(dataSource: DataSource): Promise<void> {
  const lock = dataSource.createQueryRunner();
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await dataSource.runMigrations();
  } finally {
    await lock.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]).finally(() => lock.release());
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
