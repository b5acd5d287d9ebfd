import type { FieldViolation } from '@reputable/errors';

/** Violations with the field names of clients: in camel case, or by these names. */
export const withNames = (violations: readonly FieldViolation[], names: Readonly<Record<string, string>>): FieldViolation[] =>
  violations.map(({ field, description }) => ({ field: names[field] ?? camelCase(field), description }));

const camelCase = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
