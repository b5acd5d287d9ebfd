import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { type DatabaseOptions, dataSourceOptions } from './data-source.ts';
import { expectMigrated, migrate } from './migrate.ts';

/** How a service comes by its database. */
export interface DatabaseConnection extends DatabaseOptions {
  /** Whether migrations run now; if not, they must have run. True unless it is said. */
  readonly migrateAtStart?: boolean;
}

/** Connects a service to its database, and brings the schema up to date before anything uses it, or makes sure that it is. */
@Module({})
export class DatabaseModule {
  static forRoot({ migrateAtStart = true, ...options }: DatabaseConnection): DynamicModule {
    const typeorm = TypeOrmModule.forRootAsync({
      useFactory: () => ({ ...dataSourceOptions(options), retryAttempts: 3, retryDelay: 1_000, verboseRetryLog: false }),
      dataSourceFactory: (given) => connect(given, migrateAtStart ? migrate : expectMigrated),
    });
    return { module: DatabaseModule, imports: [typeorm], exports: [typeorm] };
  }
}

async function connect(options: DataSourceOptions | undefined, prepare: (dataSource: DataSource) => Promise<void>): Promise<DataSource> {
  const dataSource = await new DataSource(options as DataSourceOptions).initialize();
  await prepare(dataSource);
  return dataSource;
}
