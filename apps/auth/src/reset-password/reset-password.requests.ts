import { z } from 'zod';
import { email } from '../account/email.field.ts';
import { newPassword } from '../password/password.field.ts';
import { address } from '../throttle/address.field.ts';

export const RequestPasswordReset = z.object({ email: email(), address: address() });

/** The form with the new password. */
export const ResetForm = z
  .object({ password: newPassword(), again: z.string() })
  .refine(({ password, again }) => password === again, { error: 'The two passwords differ. Enter the same one twice.' });
