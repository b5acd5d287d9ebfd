import { field } from '@reputable/request';
import { z } from 'zod';
import { email } from '../account/email.field.ts';
import { anyPassword, newPassword } from '../password/password.field.ts';
import { device } from '../session/device.field.ts';
import { address } from '../throttle/address.field.ts';

export const Register = z.object({ email: email(), password: newPassword(), displayName: field.text(2, 50), address: address() });

/** The form of the page. */
export const ConfirmForm = z.object({ password: anyPassword() });

export const ConfirmRegistration = z.object({
  token: field.text(1, 100),
  password: anyPassword(),
  device: device(),
  address: address(),
});
