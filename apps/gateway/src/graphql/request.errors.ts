import { Code, DomainError } from '@reputable/errors';

/**
 * The reasons for which the gateway itself refuses a request, in addition to those of the contracts:
 *
 * - `REQUEST_INVALID`: the request is not GraphQL: the body is too large, of another type, or not JSON.
 * - `QUERY_INVALID`: the document is not GraphQL or does not match the schema, or the variables do not match the document.
 * - `QUERY_TOO_COMPLEX`: the request exceeds a limit; metadata: `limit`, `required` (the maximum), `actual`.
 * - `OVERLOADED`: the gateway has too many requests at once; metadata: `retryAfter`, in seconds. See overload.errors.ts.
 */
type Reason = 'REQUEST_INVALID' | 'QUERY_INVALID' | 'QUERY_TOO_COMPLEX';

const error = (reason: Reason, message: string, metadata?: Record<string, string>) =>
  new DomainError(Code.INVALID_ARGUMENT, reason, message, metadata, 'reputable.gateway');

/** The request is not a GraphQL request. */
export const requestInvalid = (message: string) => error('REQUEST_INVALID', message);

/** The document or its variables are invalid. */
export const queryInvalid = (message: string) => error('QUERY_INVALID', message);

/** The request exceeds a limit. `what` names the counted items. */
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
