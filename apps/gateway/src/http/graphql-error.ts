import { Code, type DomainError, type FieldViolation, invalid } from '@reputable/errors';
import type { GraphQLFormattedError } from 'graphql';

/**
 * Maps an error to GraphQL: a message for people; code, reason and metadata for programs; for invalid input all violations, with the field
 * names of the schema.
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
