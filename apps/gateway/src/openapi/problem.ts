import { z } from 'zod';

/** Problem details (RFC 9457). */
export const Problem = z
  .object({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('A message for people.'),
    code: z.string().describe('The gRPC status, as in `PERMISSION_DENIED`.'),
    reason: z.string().describe('For programs, as in `REPUTATION_TOO_LOW`.'),
    domain: z.string().describe('Where the reason is defined, as in `reputable.post.v1`.'),
    metadata: z.record(z.string(), z.string()).describe('Values for programs, as in `required` and `actual`.'),
    violations: z
      .array(z.object({ field: z.string(), description: z.string() }))
      .optional()
      .describe('Every invalid field.'),
  })
  .meta({ id: 'Problem' });
