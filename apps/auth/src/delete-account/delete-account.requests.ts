import { z } from 'zod';
import { currentPassword } from '../password/password.field.ts';
import { address } from '../throttle/address.field.ts';

export const DeleteAccount = z.object({ currentPassword: currentPassword(), address: address() });
