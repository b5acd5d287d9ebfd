import { AuditEventType } from '@reputable/contracts/auth/v1/auth';
import { field } from '@reputable/request';
import { z } from 'zod';

const orEmpty = <Schema extends z.ZodType>(schema: Schema) => z.union([z.literal('').transform(() => undefined), schema]);

export const ListSecurityEvents = z.object({ pageSize: field.pageSize(), pageToken: field.pageToken() });

export const RecordAuditEvent = z.object({
  id: field.id(),
  occurredAt: field.time(),
  type: z.enum(AuditEventType).refine((value) => value !== AuditEventType.UNSPECIFIED, { error: 'Must say what happened.' }),
  userId: field.id(),
  actorId: field.id(),
  sessionId: orEmpty(field.id()),
  clientId: orEmpty(field.text(1, 200)),
  role: orEmpty(field.text(1, 50)),
  peer: orEmpty(field.text(1, 63)),
  clientAddress: field.clientAddress().transform((value) => value || undefined),
  txn: orEmpty(field.text(1, 200)),
  traceId: orEmpty(z.string().regex(/^[\da-f]{32}$/, { error: 'Must be 32 hexadecimal digits.' })),
});
