import { httpStatus } from '@reputable/auth';
import { Code, DomainError } from '@reputable/errors';
import type { FastifyReply } from 'fastify';

/** An error message for the form, and the fields that it concerns. */
export interface Problem {
  readonly text: string;
  readonly fields: readonly ('email' | 'password')[];
}

/** HTTP statuses of the errors that the form shows to the user. Errors of other codes go to the error page. */
const STATUS: Partial<Record<(typeof Code)[keyof typeof Code], number>> = {
  [Code.UNAUTHENTICATED]: 422,
  [Code.PERMISSION_DENIED]: 403,
  [Code.RESOURCE_EXHAUSTED]: 429,
  [Code.UNAVAILABLE]: 503,
  [Code.DEADLINE_EXCEEDED]: 503,
};

/** An error as a form shows it. */
export interface ShownError {
  /** The HTTP status of the form. */
  readonly status: number;
  readonly problem: Problem;
}

/**
 * Prepares the form with this error. Adds the time to wait to the reply.
 *
 * @throws the error, if the form does not show it
 */
export function shownError(reply: FastifyReply, error: unknown): ShownError {
  if (!(error instanceof DomainError)) throw error;
  const { code, message, metadata } = error;
  if (!(code in STATUS)) throw error;
  if (metadata['retryAfter'] !== undefined) void reply.header('retry-after', metadata['retryAfter']);
  return {
    status: httpStatus(error, STATUS),
    problem: { text: message, fields: code === Code.UNAUTHENTICATED ? ['email', 'password'] : [] },
  };
}
