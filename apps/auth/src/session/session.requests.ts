import { field } from '@reputable/request';
import { z } from 'zod';

export const ListSessions = z.object({ pageSize: field.pageSize(), pageToken: field.pageToken(), includeEnded: z.boolean() });
export const EndSession = z.object({ id: field.id() });
