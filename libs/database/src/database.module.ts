import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { type DatabaseOptions, dataSourceOptions } from './data-source.ts';
import { migrate } from './migrate.ts';

export type { DatabaseOptions };

/** Connects a service to its database, and brings the schema up to date before anything uses it. */
@Module({})
export class DatabaseModule {
  static forRoot(options: DatabaseOptions): DynamicModule {
    const typeorm = TypeOrmModule.forRootAsync({
      useFactory: () => ({ ...dataSourceOptions(options), retryAttempts: 3, retryDelay: 1_000, verboseRetryLog: false }),
      dataSourceFactory: connect,
    });
    return { module: DatabaseModule, imports: [typeorm], exports: [typeorm] };
  }
}

async function connect(options?: DataSourceOptions): Promise<DataSource> {
  const dataSource = await new DataSource(options as DataSourceOptions).initialize();
  await migrate(dataSource);
  return dataSource;
}
