import { field } from '@reputable/errors';
import { z } from 'zod';
import { anyPassword, newPassword } from '../password/password.field.ts';
import { address } from '../throttle/address.field.ts';
import { email } from './email.field.ts';

const device = () => field.text(0, 200);

export const Register = z.object({
  email: email(),
  password: newPassword(),
  displayName: field.text(2, 50),
  device: device(),
  address: address(),
});
export const LogIn = z.object({ email: email(), password: anyPassword(), device: device(), address: address() });
export const ChangePassword = z.object({ currentPassword: anyPassword(), newPassword: newPassword(), address: address() });
