import { Code, DomainError } from '@reputable/errors';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { email } from '../account/email.field.ts';
import { anyPassword } from '../password/password.field.ts';

/** An error message for the form, and the fields that it concerns. */
export interface Problem {
  readonly text: string;
  readonly fields: readonly ('email' | 'password')[];
}

/** What the form shows: never a password. */
export interface Shown {
  readonly email: string;
  readonly problem?: Problem;
}

/** A sent form: the e-mail address as typed, and the credentials if they are valid. */
export interface Sent {
  readonly email: string;
  readonly credentials: { readonly email: string; readonly password: string } | undefined;
  readonly problem: Problem | undefined;
}

const Email = z.object({ email: email() });
const Password = z.object({ password: anyPassword() });
const Typed = z.object({ email: z.string().max(1_000) });

const ADDRESS_MISSING: Problem = { text: 'Enter your e-mail address, like name@example.com.', fields: ['email'] };

/** Reads the form. Reports the first invalid field. */
export function readLogInForm(body: unknown): Sent {
  const { typed } = readAddress(body);
  const address = Email.safeParse(body).data;
  const password = Password.safeParse(body).data;
  const sent = { email: typed, credentials: undefined, problem: undefined };
  if (!address) return { ...sent, problem: ADDRESS_MISSING };
  if (!password) return { ...sent, problem: { text: 'Enter your password. It has 128 characters at most.', fields: ['password'] } };
  return { ...sent, credentials: { ...address, ...password } };
}

/** A sent address: as typed, and normalised if it is valid. */
export interface SentAddress {
  readonly typed: string;
  readonly email: string | undefined;
  readonly problem: Problem | undefined;
}

/** Reads the address alone, for a link by mail. */
export function readAddress(body: unknown): SentAddress {
  const typed = Typed.safeParse(body).data?.email ?? '';
  const email = Email.safeParse(body).data?.email;
  return { typed, email, problem: email === undefined ? ADDRESS_MISSING : undefined };
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
  const status = error instanceof DomainError ? STATUS[error.code] : undefined;
  if (!(error instanceof DomainError) || status === undefined) throw error;
  const { code, message, metadata } = error;
  if (metadata['retryAfter'] !== undefined) void reply.header('retry-after', metadata['retryAfter']);
  return { status, problem: { text: message, fields: code === Code.UNAUTHENTICATED ? ['email', 'password'] : [] } };
}
