import { Code, DomainError } from '@reputable/errors';

/** What was asked for, or null if there is none: for queries, where not to exist is an answer and no error. */
export const orNull = <T>(answer: Promise<T>): Promise<T | null> =>
  answer.catch((error: unknown) => {
    if (error instanceof DomainError && error.code === Code.NOT_FOUND) return null;
    throw error;
  });
