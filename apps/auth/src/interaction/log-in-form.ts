import { Code, type DomainError } from '@reputable/errors';
import { z } from 'zod';
import { email } from '../account/email.field.ts';
import { anyPassword } from '../password/password.field.ts';

/** Something to say about the form, and the fields that it is about. */
export interface Problem {
  readonly text: string;
  readonly fields: readonly ('email' | 'password')[];
}

/** What is shown in the form: a password never is. */
export interface Shown {
  readonly email: string;
  readonly problem?: Problem;
}

/** What was sent, as the form shows it again, and what it means if it is whole. */
export interface Sent {
  readonly email: string;
  readonly credentials: { readonly email: string; readonly password: string } | undefined;
  readonly problem: Problem | undefined;
}

const Email = z.object({ email: email() });
const Password = z.object({ password: anyPassword() });
const Typed = z.object({ email: z.string().max(1_000) });

/** Reads the form. What is missing is asked for, one thing at a time. */
export function readLogInForm(body: unknown): Sent {
  const typed = Typed.safeParse(body).data?.email ?? '';
  const address = Email.safeParse(body).data;
  const password = Password.safeParse(body).data;
  const sent = { email: typed, credentials: undefined, problem: undefined };
  if (!address) return { ...sent, problem: { text: 'Enter your e-mail address, like name@example.com.', fields: ['email'] } };
  if (!password) return { ...sent, problem: { text: 'Enter your password. It has 128 characters at most.', fields: ['password'] } };
  return { ...sent, credentials: { ...address, ...password } };
}

/** Statuses for failures that the form says. Without one, a failure is none of the person's. */
const STATUS: Partial<Record<(typeof Code)[keyof typeof Code], number>> = {
  [Code.UNAUTHENTICATED]: 422,
  [Code.PERMISSION_DENIED]: 403,
  [Code.RESOURCE_EXHAUSTED]: 429,
  [Code.UNAVAILABLE]: 503,
  [Code.DEADLINE_EXCEEDED]: 503,
};

/** The status of an answer that says why somebody could not be logged in. */
export const statusOf = ({ code }: DomainError) => STATUS[code];

/** What the form says of it. */
export const problemOf = ({ code, message }: DomainError): Problem => ({
  text: message,
  fields: code === Code.UNAUTHENTICATED ? ['email', 'password'] : [],
});
