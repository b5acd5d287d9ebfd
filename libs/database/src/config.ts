import { z } from 'zod';

const WHAT = "the service's own database, as in postgres://post:…@localhost:5432/post";

/** The setting DATABASE_URL. */
export const databaseUrl = () =>
  z
    .string({ error: `is missing: ${WHAT}.` })
    .refine((value) => /^postgres(ql)?:\/\/./.test(value) && URL.canParse(value), { error: `must be a PostgreSQL URL: ${WHAT}.` });
