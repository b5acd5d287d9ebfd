import type { DataSource } from 'typeorm';

/** Any number will do, as long as all replicas of a service use the same. */
const MIGRATION_LOCK = 7_036_901;

/** Runs the migrations that have not run yet, one replica at a time. */
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
 * Makes sure that a database is what this version of the service needs, where migrations are not for the service to run.
 *
 * @throws Error if it is not
 */
export async function expectMigrated(dataSource: DataSource): Promise<void> {
  if (await dataSource.showMigrations())
    throw new Error('There are migrations that have not run. Run them first: MIGRATE_AT_START is false.');
}
