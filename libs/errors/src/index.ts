export { Code, DomainError, type FieldViolation } from './domain-error.ts';
export { errorsOf } from './errors-of.ts';
export { fromServiceError, toStatus } from './grpc-status.ts';
export { databaseUnavailable, deadlineExceeded, fail, internal, invalid, serviceUnavailable } from './general-errors.ts';
