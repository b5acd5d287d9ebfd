import { httpStatus } from '@reputable/auth';
import { Code, DomainError, type FieldViolation } from '@reputable/errors';
import type { Problem } from '@reputable/page';
import type { FastifyReply } from 'fastify';

/** The labels of a form's fields, by their ids. The ids are the field names of the rpc. */
export type Labels = Readonly<Record<string, string>>;

/** An error as a page shows it above its form. */
export interface ShownError {
  readonly status: number;
  readonly problems: readonly Problem[];
}

/** HTTP statuses of the errors that the page itself shows. Other errors have a page of their own. */
const STATUS: Partial<Record<DomainError['code'], number>> = {
  [Code.INVALID_ARGUMENT]: 422,
  [Code.NOT_FOUND]: 404,
  [Code.FAILED_PRECONDITION]: 409,
  [Code.RESOURCE_EXHAUSTED]: 429,
};

/**
 * What the page says about an error of the service. Adds the time to wait to the reply.
 *
 * @throws the error, if the page does not show it
 */
export function shownError(reply: FastifyReply, error: unknown, labels: Labels = {}): ShownError {
  if (!(error instanceof DomainError)) throw error;
  const { code, message, violations, metadata } = error;
  if (!(code in STATUS) || !violations.every(({ field }) => idOf(field) in labels)) throw error;
  if (metadata['retryAfter'] !== undefined) void reply.header('retry-after', metadata['retryAfter']);
  const problems = violations.map(({ field, description }) => problemWith(idOf(field), labels, description));
  return { status: httpStatus(error, STATUS), problems: problems.length > 0 ? problems : [{ text: message }] };
}

const problemWith = (field: string, labels: Labels, description: string): Problem => ({
  field,
  text: `${labels[field] ?? field}: ${description}`,
});

/** `scopes[1]` is about the field `scopes`. */
const idOf = (field: FieldViolation['field']) => field.replace(/\[.*/, '');
