import { Logger } from '@nestjs/common';
import { currentUser } from '@reputable/auth';
import { DomainError, internal } from '@reputable/errors';
import { GraphQLError } from 'graphql';
import type { MercuriusOptions } from 'mercurius';
import { httpStatus, toGraphQL } from '../http/graphql-error.ts';
import { queryInvalid, requestInvalid } from './request.errors.ts';

type ErrorFormatter = NonNullable<MercuriusOptions['errorFormatter']>;

const log = new Logger('error');

/**
 * Says what went wrong, and never more: what is no DomainError is INTERNAL, and in the log. Without `data` in the result nothing was executed:
 * then the fault is the request's, and its HTTP status says so.
 *
 * @param suggest whether to tell which names there are, in place of one that is wrong
 */
export function errorFormatter(suggest: boolean): ErrorFormatter {
  return ({ data, errors }) => {
    const executed = data !== undefined;
    const failures = errors.flatMap(causesOf).map((error) => ({ error, failure: failureOf(error, executed, suggest) }));
    const answer = failures.map(({ error, failure }) => ({ ...toGraphQL(failure), ...placeOf(error) }));
    const statusCode = executed ? 200 : (statusOf(errors[0]) ?? httpStatus(failures[0]?.failure ?? internal()));
    return { statusCode, response: { ...(executed && { data }), errors: answer as never } };
  };
}

const placeOf = ({ locations, path }: GraphQLError) => ({ ...(locations && { locations }), ...(path && { path }) });

/** Mercurius gathers what is wrong with a document, or with a body, in one error. */
function causesOf(error: GraphQLError): GraphQLError[] {
  const { errors } = (error.originalError ?? {}) as { errors?: unknown };
  return Array.isArray(errors) ? errors.map((it: Error) => (it instanceof GraphQLError ? it : ofBody(it))) : [error];
}

const ofBody = ({ message }: Error) => new GraphQLError('', { originalError: requestInvalid(message) });

function failureOf(error: GraphQLError, executed: boolean, suggest: boolean): DomainError {
  const { originalError, message } = error;
  if (originalError instanceof DomainError) return originalError;
  if (!executed && isRequestFault(originalError)) return requestInvalid(PLAINER[originalError.code] ?? originalError.message);
  // What GraphQL itself has to say about a document and its variables is thrown by nobody else.
  if (!executed && (!originalError || originalError instanceof GraphQLError))
    return queryInvalid(suggest ? message : withoutSuggestion(message));
  log.error({ msg: 'a field failed', path: error.path?.join('.'), err: originalError ?? error, user: currentUser()?.id });
  return internal();
}

/** Names that cannot be introspected are not to be had by guessing either. */
const withoutSuggestion = (message: string) => message.replace(/ Did you mean .*\?/, '');

/** In place of messages that tell nobody what to do. */
const PLAINER: Record<string, string> = {
  MER_ERR_GQL_CSRF_PREVENTION: 'Send queries by POST, as application/json.',
  MER_ERR_GQL_PERSISTED_QUERY_NOT_FOUND: 'The request has no `query`.',
};

/** Fastify and Mercurius say with a status that the request is wrong. */
const isRequestFault = (error: unknown): error is Error & { statusCode: number; code: string } =>
  error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number' && error.statusCode < 500;

const statusOf = (error: GraphQLError | undefined) => (isRequestFault(error?.originalError) ? error.originalError.statusCode : undefined);
