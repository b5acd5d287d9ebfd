import { z } from 'zod';
import { readAddress } from '../page/address-form.ts';
import type { Problem } from '../page/form-error.ts';
import { anyPassword } from '../password/password.field.ts';

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

const Password = z.object({ password: anyPassword() });

/** Reads the form. Reports the first invalid field. */
export function readLogInForm(body: unknown): Sent {
  const { typed, email, problem } = readAddress(body);
  const password = Password.safeParse(body).data;
  const sent = { email: typed, credentials: undefined, problem };
  if (email === undefined) return sent;
  if (!password) return { ...sent, problem: { text: 'Enter your password. It has 128 characters at most.', fields: ['password'] } };
  return { ...sent, credentials: { email, ...password } };
}
