import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { FURTHER_HEALTH } from '@reputable/service';
import type { DataSource, DataSourceOptions } from 'typeorm';
import { connect, type DatabaseOptions, dataSourceOptions } from './data-source.ts';
import { expectMigrated, migrate } from './migrate.ts';
import { OutboxHealth } from './outbox-health.ts';
import { observePool } from './pool-metrics.ts';

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
      dataSourceFactory: (given) => open(given, migrateAtStart ? migrate : expectMigrated),
    });
    const health = { provide: FURTHER_HEALTH, useClass: OutboxHealth };
    // Global, because the root module of `runService` reports the health.
    return { module: DatabaseModule, global: true, imports: [typeorm], providers: [health], exports: [typeorm, health] };
  }
}

async function open(options: DataSourceOptions | undefined, prepare: (dataSource: DataSource) => Promise<void>): Promise<DataSource> {
  const dataSource = await connect(options as DataSourceOptions);
  await prepare(dataSource);
  observePool(dataSource);
  return dataSource;
}
