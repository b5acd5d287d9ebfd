import { field } from '@reputable/errors';
import { z } from 'zod';
import { anyPassword, newPassword } from '../password/password.field.ts';
import { email } from './email.field.ts';

const device = () => field.text(0, 200);

export const Register = z.object({ email: email(), password: newPassword(), displayName: field.text(2, 50), device: device() });
export const LogIn = z.object({ email: email(), password: anyPassword(), device: device() });
