import { messageOf } from '@reputable/service';
import { DataSource } from 'typeorm';
import { type DatabaseOptions, dataSourceOptions } from './data-source.ts';
import { migrate } from './migrate.ts';

/**
 * Runs a service's migrations. The whole of a `migrate.ts`:
 *
 * @example
 * await runMigrations('post', () => ({ ...schema, url: readConfig(z.object(databaseSettings)).DATABASE_URL }));
 *
 * If they fail, it prints the reason in one line and the process exits with 1.
 */
export async function runMigrations(service: string, options: () => DatabaseOptions): Promise<void> {
  try {
    const dataSource = await new DataSource(dataSourceOptions(options())).initialize();
    await migrate(dataSource).finally(() => dataSource.destroy());
  } catch (error) {
    for (const line of messageOf(error).split('\n')) console.error(`${service} is not migrated: ${line}`);
    process.exitCode = 1;
  }
}
