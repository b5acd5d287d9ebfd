export { DatabaseModule, type DatabaseOptions } from './database.module.ts';
export { dataSourceOptions } from './data-source.ts';
export { Listener, type ListenerOptions } from './listener.ts';
export { migrate } from './migrate.ts';
export { Outbox, type OutboxOptions } from './outbox.ts';
export { Together } from './together.ts';
export { databaseUrl } from './config.ts';
export { v7 as newId } from 'uuid';
