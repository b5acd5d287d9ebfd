import { z } from 'zod';
import { email } from '../account/email.field.ts';
import { anyPassword } from '../password/password.field.ts';
import { address } from '../throttle/address.field.ts';

export const RequestEmailChange = z.object({ newEmail: email(), currentPassword: anyPassword(), address: address() });
