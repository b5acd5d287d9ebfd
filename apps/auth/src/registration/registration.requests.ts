import { field } from '@reputable/request';
import { z } from 'zod';
import { email } from '../account/email.field.ts';
import { anyPassword, newPassword } from '../password/password.field.ts';
import { device } from '../session/device.field.ts';
import { address } from '../throttle/address.field.ts';

export const Register = z.object({ email: email(), password: newPassword(), displayName: field.line(2, 50), address: address() });

/** The form of the page. */
export const ConfirmForm = z.object({ password: anyPassword() });

/** The token of a link, or the link as a whole. Ends with the token. */
const linkToken = () => field.text(1, 500).transform((text) => text.slice(text.lastIndexOf('/') + 1));

export const ConfirmRegistration = z.object({
  token: linkToken(),
  password: anyPassword(),
  device: device(),
  address: address(),
});
