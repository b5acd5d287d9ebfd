import { fromServiceError, DomainError } from '@reputable/errors';
import type { ServiceError } from '@grpc/grpc-js';
import { AssertionError } from 'node:assert';

/**
 * Expects that a call is refused. Works with every test runner.
 *
 * @example
 * await expectRefused(invoices.payInvoice({ id }), 'REPUTATION_TOO_LOW');
 * @param call a call by a client of this library, of grpc-js, or of Nest as a promise
 * @param reason the `reason` of the ErrorInfo: `TOKEN_MISSING`, `ROLE_MISSING` or one of your own
 * @returns the error, to look at its message and metadata
 * @throws AssertionError if the call succeeds or fails for another reason
 */
export async function expectRefused(call: Promise<unknown>, reason: string): Promise<DomainError> {
  const error = await refusalOf(call);
  if (error?.reason === reason) return error;
  throw new AssertionError({
    message: `Expected the call to be refused with ${reason}, but ${error ? `it failed with ${error.reason}: ${error.message}` : 'it succeeded'}.`,
    actual: error?.reason,
    expected: reason,
    stackStartFn: expectRefused,
  });
}

/** The error of a call, or undefined if it succeeds. Anything that is no error of gRPC is thrown. */
async function refusalOf(call: Promise<unknown>): Promise<DomainError | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    if (error instanceof DomainError) return error;
    if (isServiceError(error)) return fromServiceError(error, 'service');
    throw error;
  }
}

const isServiceError = (error: unknown): error is ServiceError =>
  error instanceof Error && 'metadata' in error && 'code' in error && typeof error.code === 'number';
