import { Code, type DomainError, invalid } from '@reputable/errors';
import type { GraphQLFormattedError } from 'graphql';
import { withNames } from './field-names.ts';

/**
 * Maps an error to GraphQL: a message for people; code, reason and metadata for programs; for invalid input all violations, with the field
 * names of the schema.
 */
export function toGraphQL({ message, code, reason, metadata, violations }: DomainError): GraphQLFormattedError {
  const extensions = { code: Code[code], reason, metadata };
  if (violations.length === 0) return { message, extensions };
  const renamed = withNames(violations, GRAPHQL_NAMES);
  return { message: invalid(renamed).message, extensions: { ...extensions, violations: renamed } };
}

const GRAPHQL_NAMES = { page_size: 'first', page_token: 'after' };
