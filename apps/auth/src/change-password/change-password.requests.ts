import { z } from 'zod';
import { anyPassword, newPassword } from '../password/password.field.ts';
import { address } from '../throttle/address.field.ts';

export const ChangePassword = z.object({ currentPassword: anyPassword(), newPassword: newPassword(), address: address() });
