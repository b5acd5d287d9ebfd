import { z } from 'zod';
import { currentPassword } from '../password/password.field.ts';
import { address } from '../throttle/address.field.ts';

export const AuthorizeDataExport = z.object({ currentPassword: currentPassword(), address: address() });
