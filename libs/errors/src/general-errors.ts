import { type Reason, ReasonSchema } from '@reputable/contracts/access/v1/reason';
import { Code, DomainError, type FieldViolation } from './domain-error.ts';
import { errorsOf } from './errors-of.ts';

const error = errorsOf<keyof typeof Reason>(ReasonSchema);

/** Throws `failure` as an expression: `row ?? fail(postNotFound(id))`. */
export function fail(failure: DomainError): never {
  throw failure;
}

/** The request has these faults. */
export function invalid(violations: readonly FieldViolation[]): DomainError {
  const summary = violations.map(({ field, description }) => (field ? `${field}: ${description}` : description)).join(' ');
  return new DomainError(Code.INVALID_ARGUMENT, 'INVALID_FIELD', summary, {}, undefined, violations);
}

/** An unexpected error. The client receives no details. */
export const internal = () => error(Code.INTERNAL, 'INTERNAL', 'Something went wrong on our side. It has been logged.');

/** A required service is unreachable. */
export const serviceUnavailable = (service: string) =>
  error(Code.UNAVAILABLE, 'SERVICE_UNAVAILABLE', `The ${service} service cannot be reached. Try again.`, { service });

/** A required service did not answer before the deadline. */
export const deadlineExceeded = (service: string) =>
  error(Code.DEADLINE_EXCEEDED, 'DEADLINE_EXCEEDED', `The ${service} service did not answer in time. Try again.`, { service });

/** The database of the service does not answer. */
export const databaseUnavailable = () => error(Code.UNAVAILABLE, 'DATABASE_UNAVAILABLE', 'The database does not answer. Try again.');
