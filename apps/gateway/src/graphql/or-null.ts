import { Code, DomainError } from '@reputable/errors';

/** The result, or null instead of NOT_FOUND: a query answers null for a row that does not exist. */
export const orNull = <T>(answer: Promise<T>): Promise<T | null> =>
  answer.catch((error: unknown) => {
    if (error instanceof DomainError && error.code === Code.NOT_FOUND) return null;
    throw error;
  });
