import { Code, type DomainError } from '@reputable/errors';

/** The HTTP statuses of gRPC's codes, as in google/rpc/code.proto. */
const HTTP_STATUS: Partial<Record<DomainError['code'], number>> = {
  [Code.CANCELLED]: 499,
  [Code.INVALID_ARGUMENT]: 400,
  [Code.DEADLINE_EXCEEDED]: 504,
  [Code.NOT_FOUND]: 404,
  [Code.ALREADY_EXISTS]: 409,
  [Code.PERMISSION_DENIED]: 403,
  [Code.UNAUTHENTICATED]: 401,
  [Code.RESOURCE_EXHAUSTED]: 429,
  [Code.FAILED_PRECONDITION]: 400,
  [Code.ABORTED]: 409,
  [Code.OUT_OF_RANGE]: 400,
  [Code.UNIMPLEMENTED]: 501,
  [Code.UNAVAILABLE]: 503,
};

/**
 * The HTTP status of a request refused with this error. An overloaded service is unavailable: 429 would mean too many requests of the client.
 *
 * @param own statuses that replace those of google/rpc/code.proto
 */
export const httpStatus = (
  { code, reason }: Pick<DomainError, 'code'> & Partial<Pick<DomainError, 'reason'>>,
  own: Partial<Record<DomainError['code'], number>> = {},
): number => (reason === 'OVERLOADED' ? 503 : (own[code] ?? HTTP_STATUS[code] ?? 500));
