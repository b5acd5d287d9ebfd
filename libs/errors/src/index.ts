export { type Advice, LOOK_FIRST, TRY_AGAIN, TRY_AGAIN_WITH_KEY } from './advice.ts';
export { Code, DomainError, type FieldViolation } from './domain-error.ts';
export { errorsOf } from './errors-of.ts';
export { fromServiceError, toStatus } from './grpc-status.ts';
export {
  databaseUnavailable,
  deadlineExceeded,
  fail,
  idempotencyKeyReused,
  internal,
  invalid,
  isUnavailable,
  notDoneInTime,
  serviceUnavailable,
} from './general-errors.ts';
