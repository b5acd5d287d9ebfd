import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { type DatabaseOptions, dataSourceOptions } from './data-source.ts';
import { expectMigrated, migrate } from './migrate.ts';

/** The options of {@link DatabaseModule}. */
export interface DatabaseConnection extends DatabaseOptions {
  /** Whether to run the migrations at start; otherwise they must have run already. Default: true. */
  readonly migrateAtStart?: boolean;
}

/** Connects a service to its database, and first runs the migrations or checks that they have run. */
@Module({})
export class DatabaseModule {
  static forRoot({ migrateAtStart = true, ...options }: DatabaseConnection): DynamicModule {
    const typeorm = TypeOrmModule.forRootAsync({
      useFactory: () => ({ ...dataSourceOptions(options), retryAttempts: 3, retryDelay: 1_000, verboseRetryLog: true }),
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
