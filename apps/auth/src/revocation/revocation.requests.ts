import { RevocationCause } from '@reputable/contracts/auth/v1/auth';
import { field } from '@reputable/request';
import { z } from 'zod';

export const AnnounceClaims = z.object({ userId: field.id() });

export const RevokeUser = z.object({
  id: field.id(),
  userId: field.id(),
  cause: z.enum(RevocationCause).refine((value) => value !== RevocationCause.UNSPECIFIED, { error: 'Must say why.' }),
});
