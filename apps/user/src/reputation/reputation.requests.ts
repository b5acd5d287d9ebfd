import { ReputationKind } from '@reputable/contracts/user/v1/user';
import { field } from '@reputable/request';
import { z } from 'zod';
import { type Kind, KINDS } from './reputation.rules.ts';

const kind = () =>
  z
    .enum(ReputationKind)
    .refine((value) => ReputationKind[value] in KINDS, { error: 'Must be one of the kinds in the contract.' })
    .transform((value) => ReputationKind[value] as Kind);

const Event = z.object({
  id: field.id(),
  userId: field.id(),
  kind: kind(),
  undone: z.boolean(),
  subjectId: field.id(),
  occurredAt: field.time(),
});

export const ApplyReputation = z.object({
  events: z.array(Event).min(1, { error: 'Must not be empty.' }).max(500, { error: 'Must be 500 events at most.' }),
});

export const ListReputationEvents = z.object({
  userId: z.union([z.literal('').transform(() => undefined), field.id()]),
  pageSize: field.pageSize(),
  pageToken: field.pageToken(),
});
