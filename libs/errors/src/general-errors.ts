import { type Reason, ReasonSchema } from '@reputable/contracts/access/v1/reason';
import { Code, DomainError, type FieldViolation } from './domain-error.ts';
import { errorsOf } from './errors-of.ts';

const error = errorsOf<keyof typeof Reason>(ReasonSchema);

/** Throws, in places where only an expression fits: `row ?? fail(postNotFound(id))`. */
export function fail(failure: DomainError): never {
  throw failure;
}

/** The request is wrong in these ways. */
export function invalid(violations: readonly FieldViolation[]): DomainError {
  const summary = violations.map(({ field, description }) => (field ? `${field}: ${description}` : description)).join(' ');
  return new DomainError(Code.INVALID_ARGUMENT, 'INVALID_FIELD', summary, {}, undefined, violations);
}

/** Something failed that the caller can do nothing about, and is told nothing about. */
export const internal = () => error(Code.INTERNAL, 'INTERNAL', 'Something went wrong on our side. It has been logged.');

/** A service that is needed does not answer. */
export const serviceUnavailable = (service: string) =>
  error(Code.UNAVAILABLE, 'SERVICE_UNAVAILABLE', `The ${service} service cannot be reached. Try again.`, { service });

/** The answer did not come in time. */
export const deadlineExceeded = (service: string) =>
  error(Code.DEADLINE_EXCEEDED, 'DEADLINE_EXCEEDED', `The ${service} service did not answer in time. Try again.`, { service });
