import { Code, DomainError } from '@reputable/errors';

/**
 * Why the gateway itself refused a request, beside the reasons of the contracts:
 *
 * - `REQUEST_INVALID`: it is not a GraphQL request: the body is too large, of another type, or not JSON.
 * - `QUERY_INVALID`: the document is not GraphQL, or does not fit the schema; or the variables do not fit the document.
 * - `QUERY_TOO_COMPLEX`: it asks for more than one request may; metadata: `limit`, `required` (at most), `actual`.
 */
type Reason = 'REQUEST_INVALID' | 'QUERY_INVALID' | 'QUERY_TOO_COMPLEX';

const error = (reason: Reason, message: string, metadata?: Record<string, string>) =>
  new DomainError(Code.INVALID_ARGUMENT, reason, message, metadata, 'reputable.gateway');

/** What came is no GraphQL request. */
export const requestInvalid = (message: string) => error('REQUEST_INVALID', message);

/** The document or its variables are wrong. */
export const queryInvalid = (message: string) => error('QUERY_INVALID', message);

/** A request asks for more than it may: `what` are the things that are counted. */
export const queryTooComplex = (limit: string, required: number, actual: number, what = limit) =>
  error(
    'QUERY_TOO_COMPLEX',
    `A request may have ${required.toLocaleString('en')} ${what} at most; this one has ${actual.toLocaleString('en')}.`,
    {
      limit,
      required: String(required),
      actual: String(actual),
    },
  );
