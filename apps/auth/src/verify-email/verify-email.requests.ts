import { z } from 'zod';
import { address } from '../throttle/address.field.ts';

export const RequestEmailVerification = z.object({ address: address() });
