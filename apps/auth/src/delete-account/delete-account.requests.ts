import { z } from 'zod';
import { anyPassword } from '../password/password.field.ts';
import { address } from '../throttle/address.field.ts';

export const DeleteAccount = z.object({
  currentPassword: z.union([z.literal('').transform(() => undefined), anyPassword()]),
  address: address(),
});
