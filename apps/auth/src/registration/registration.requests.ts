import { field } from '@reputable/request';
import { z } from 'zod';
import { email } from '../account/email.field.ts';
import { newPassword } from '../password/password.field.ts';
import { device } from '../session/device.field.ts';
import { address } from '../throttle/address.field.ts';

export const Register = z.object({
  email: email(),
  password: newPassword(),
  displayName: field.text(2, 50),
  device: device(),
  address: address(),
});
