import { Logger } from '@nestjs/common';
import { currentUser, httpStatus } from '@reputable/auth';
import { DomainError, internal } from '@reputable/errors';
import { GraphQLError } from 'graphql';
import type { MercuriusOptions } from 'mercurius';
import { toGraphQL } from '../http/graphql-error.ts';
import { acceptsResponseType } from './over-http.ts';
import { queryInvalid, requestInvalid } from './request.errors.ts';

type ErrorFormatter = NonNullable<MercuriusOptions['errorFormatter']>;

const log = new Logger('error');

/**
 * Formats errors without internal details: an error other than a DomainError becomes INTERNAL and is logged. A result without `data` was not
 * executed: the request is at fault and the HTTP status shows it. The exception is a faulty document or variable if the client accepts only
 * `application/json`: GraphQL over HTTP prescribes 200 for it.
 *
 * @param suggest whether to suggest names in place of a wrong one
 */
export function errorFormatter(suggest: boolean): ErrorFormatter {
  return ({ data, errors }, { reply }) => {
    const executed = data !== undefined;
    const failures = errors.flatMap(causesOf).map((error) => ({ error, failure: failureOf(error, executed, suggest) }));
    const answer = failures.map(({ error, failure }) => ({ ...toGraphQL(failure), ...placeOf(error) }));
    const isLegacy = !acceptsResponseType(reply.request) && failures.every(({ failure }) => failure.reason === 'QUERY_INVALID');
    const statusCode = executed || isLegacy ? 200 : (statusOf(errors[0]) ?? httpStatus(failures[0]?.failure ?? internal()));
    return { statusCode, response: { ...(executed && { data }), errors: answer as never } };
  };
}

const placeOf = ({ locations, path }: GraphQLError) => ({ ...(locations && { locations }), ...(path && { path }) });

/** The errors that Mercurius wraps in one error for a document or a body. */
function causesOf(error: GraphQLError): GraphQLError[] {
  const { errors } = (error.originalError ?? {}) as { errors?: unknown };
  return Array.isArray(errors) ? errors.map((cause: Error) => (cause instanceof GraphQLError ? cause : ofBody(cause))) : [error];
}

const ofBody = ({ message }: Error) => new GraphQLError('', { originalError: requestInvalid(message) });

function failureOf(error: GraphQLError, executed: boolean, suggest: boolean): DomainError {
  const { originalError, message } = error;
  if (originalError instanceof DomainError) return originalError;
  if (!executed && isRequestFault(originalError)) return requestInvalid(PLAINER[originalError.code] ?? originalError.message);
  // Only graphql-js throws these, about the document and its variables.
  if (!executed && (!originalError || originalError instanceof GraphQLError))
    return queryInvalid(suggest ? message : withoutSuggestion(message));
  log.error({ msg: 'field failed', path: error.path?.join('.'), err: originalError ?? error, user: currentUser()?.id });
  return internal();
}

/** Suggestions would reveal names that introspection hides. */
const withoutSuggestion = (message: string) => message.replace(/ Did you mean .*\?/, '');

/** Clearer messages for errors of Mercurius. */
const PLAINER: Record<string, string> = {
  MER_ERR_GQL_PERSISTED_QUERY_NOT_FOUND: 'The request has no `query`.',
};

/** Whether Fastify or Mercurius reports a fault of the request. */
const isRequestFault = (error: unknown): error is Error & { statusCode: number; code: string } =>
  error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number' && error.statusCode < 500;

const statusOf = (error: GraphQLError | undefined) => (isRequestFault(error?.originalError) ? error.originalError.statusCode : undefined);
