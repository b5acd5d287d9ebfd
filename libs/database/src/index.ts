export { DatabaseModule, type DatabaseConnection } from './database.module.ts';
export { type DatabaseOptions, type DatabaseSchema, dataSourceOptions } from './data-source.ts';
export { Listener, type ListenerOptions } from './listener.ts';
export { migrate } from './migrate.ts';
export { runMigrations } from './run-migrations.ts';
export { Outbox, type OutboxOptions } from './outbox.ts';
export { KeyedBatcher } from './keyed-batcher.ts';
export { databaseSettings, databaseUrl } from './config.ts';
export { v7 as newId } from 'uuid';
