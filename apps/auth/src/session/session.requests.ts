import { field } from '@reputable/errors';
import { z } from 'zod';
import { address } from '../throttle/address.field.ts';
import { token } from '../token/token.field.ts';

export const Refresh = z.object({
  refreshToken: token(),
  address: address(),
});
export const ListSessions = z.object({ pageSize: field.pageSize(), pageToken: field.pageToken() });
export const EndSession = z.object({ id: field.id() });
