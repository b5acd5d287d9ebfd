import { field } from '@reputable/request';
import { z } from 'zod';
import type { Problem } from '../page/form-error.ts';
import { anyPassword } from '../password/password.field.ts';

const DisplayName = z.object({ displayName: field.line(2, 50) });
const Typed = z.object({ displayName: z.string().max(1_000) });
const Password = z.object({ password: anyPassword() });

/** Reads the form that creates an account. */
export function readDisplayName(body: unknown): { typed: string; displayName: string | undefined; problem: Problem } {
  const { data, error } = DisplayName.safeParse(body);
  return {
    typed: Typed.safeParse(body).data?.displayName ?? '',
    displayName: data?.displayName,
    problem: { text: `Enter another display name. ${error?.issues[0]?.message ?? ''}`, fields: [] },
  };
}

/** Reads the form that logs in to the account with the address. */
export const readPassword = (body: unknown): { password: string | undefined; problem: Problem } => ({
  password: Password.safeParse(body).data?.password,
  problem: { text: 'Enter your password. It has 128 characters at most.', fields: ['password'] },
});
