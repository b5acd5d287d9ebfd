import { z } from 'zod';

const WHAT = "the service's own database, for example postgres://post:…@localhost:5432/post";

/** The setting DATABASE_URL. */
export const databaseUrl = () =>
  z
    .string({ error: `is missing: ${WHAT}.` })
    .refine((value) => /^postgres(ql)?:\/\/./.test(value) && URL.canParse(value), { error: `must be a PostgreSQL URL: ${WHAT}.` });

/** The settings of a service with a database. */
export const databaseSettings = {
  /** The service's own database. */
  DATABASE_URL: databaseUrl(),
  /** Whether the service runs its migrations at start. With `false`, run apps/<service>/src/migrate.ts first: the service only checks them. */
  MIGRATE_AT_START: z.stringbool({ error: 'must be true or false.' }).default(true),
};

/** The options of `DatabaseModule` that come from a service's settings. */
export const databaseOptions = (config: z.output<z.ZodObject<typeof databaseSettings>> & { readonly DEADLINE_MS: number }) => ({
  url: config.DATABASE_URL,
  migrateAtStart: config.MIGRATE_AT_START,
  deadlineMs: config.DEADLINE_MS,
});
