import { z } from 'zod';
import { email } from '../account/email.field.ts';
import type { Problem } from './form-error.ts';

const Email = z.object({ email: email() });
const Typed = z.object({ email: z.string().max(1_000) });

const ADDRESS_MISSING: Problem = { text: 'Enter your e-mail address, like name@example.com.', fields: ['email'] };

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
