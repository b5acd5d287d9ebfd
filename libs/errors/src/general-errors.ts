import { type Reason, ReasonSchema } from '@reputable/contracts/access/v1/reason';
import { Code, DomainError, type FieldViolation } from './domain-error.ts';
import { type Advice, TRY_AGAIN } from './advice.ts';
import { errorsOf } from './errors-of.ts';

const error = errorsOf<keyof typeof Reason>(ReasonSchema);

/** Throws `failure` as an expression: `row ?? fail(postNotFound(id))`. */
export function fail(failure: DomainError): never {
  throw failure;
}

/** The most violations of an error, and the most characters of a field's path and of a description. */
const [MAX_VIOLATIONS, MAX_TEXT] = [20, 300];

/**
 * The request has these faults. The error has the first {@link MAX_VIOLATIONS} of them: it travels in the trailers of the call, and trailers above 64 KB
 * would end the connection with all its calls.
 */
export function invalid(faults: readonly FieldViolation[]): DomainError {
  const violations = faults
    .slice(0, MAX_VIOLATIONS)
    .map(({ field, description }) => ({ field: short(field), description: short(description) }));
  const summary = violations.map(({ field, description }) => (field ? `${field}: ${description}` : description)).join(' ');
  return new DomainError(Code.INVALID_ARGUMENT, 'INVALID_FIELD', summary, {}, undefined, violations);
}

const short = (text: string) => (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text);

/** An unexpected error. The client receives no details. */
export const internal = () => error(Code.INTERNAL, 'INTERNAL', 'Something went wrong on our side. It has been logged.');

/**
 * Whether a call failed because a service cannot answer now: it is down, too slow, or has too many calls. The request is not at fault, and may
 * succeed later.
 */
export const isUnavailable = (error: unknown): error is DomainError =>
  error instanceof DomainError &&
  (error.code === Code.UNAVAILABLE || error.code === Code.DEADLINE_EXCEEDED || error.reason === 'OVERLOADED');

/** A required service is unreachable. @param advice whether a client can try again */
export const serviceUnavailable = (service: string, advice: Advice = TRY_AGAIN) =>
  error(Code.UNAVAILABLE, 'SERVICE_UNAVAILABLE', `The ${service} service cannot be reached. ${advice.text}`, {
    service,
    ...advice.metadata,
  });

/** A required service did not answer before the deadline. @param advice whether a client can try again */
export const deadlineExceeded = (service: string, advice: Advice = TRY_AGAIN) =>
  error(Code.DEADLINE_EXCEEDED, 'DEADLINE_EXCEEDED', `The ${service} service did not answer in time. ${advice.text}`, {
    service,
    ...advice.metadata,
  });

/** A change was not made, because the database did not make it before the deadline of the call. */
export const notDoneInTime = () =>
  error(Code.DEADLINE_EXCEEDED, 'DEADLINE_EXCEEDED', 'The database did not answer in time. The change was not made. Try again.', {
    service: 'database',
  });

/** The idempotency key of the request belongs to another request of the user. */
export const idempotencyKeyReused = () =>
  error(
    Code.ALREADY_EXISTS,
    'IDEMPOTENCY_KEY_REUSED',
    'You have used this idempotency key for another request. Send a new key, or the same request as before.',
  );

/** The database of the service does not answer. @param advice whether a client can try again */
export const databaseUnavailable = (advice: Advice = TRY_AGAIN) =>
  error(Code.UNAVAILABLE, 'DATABASE_UNAVAILABLE', `The database does not answer. ${advice.text}`, advice.metadata);
