import { Code, type DomainError, type FieldViolation, invalid } from '@reputable/errors';
import type { GraphQLFormattedError } from 'graphql';

/** The HTTP statuses of requests that are refused as a whole. What goes wrong in a field is an answer: 200. */
const HTTP_STATUS: Partial<Record<DomainError['code'], number>> = {
  [Code.INVALID_ARGUMENT]: 400,
  [Code.UNAUTHENTICATED]: 401,
  [Code.PERMISSION_DENIED]: 403,
  [Code.DEADLINE_EXCEEDED]: 504,
  [Code.UNAVAILABLE]: 503,
};

/** The HTTP status of a request that is refused because of this error. */
export const httpStatus = (error: DomainError) => HTTP_STATUS[error.code] ?? 500;

/**
 * An error as clients get it: a message for people; code, reason and metadata for programs; for wrong input all that is wrong with it, by
 * the names that the schema has.
 */
export function toGraphQL({ message, code, reason, metadata, violations }: DomainError): GraphQLFormattedError {
  const extensions = { code: Code[code], reason, metadata };
  if (violations.length === 0) return { message, extensions };
  const renamed = violations.map(inGraphQLNames);
  return { message: invalid(renamed).message, extensions: { ...extensions, violations: renamed } };
}

const GRAPHQL_NAMES: Record<string, string> = { page_size: 'first', page_token: 'after' };

const inGraphQLNames = ({ field, description }: FieldViolation) => ({ field: GRAPHQL_NAMES[field] ?? camelCase(field), description });

const camelCase = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
