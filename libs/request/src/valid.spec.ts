import { describe, expect, it } from '@jest/globals';
import type { DomainError } from '@reputable/errors';
import { z } from 'zod';
import * as field from './field.ts';
import { valid } from './valid.ts';

const violations = (schema: z.ZodType, request: unknown) => {
  try {
    valid(schema, request);
    return {};
  } catch (error) {
    return Object.fromEntries((error as DomainError).violations.map(({ field: name, description }) => [name, description]));
  }
};

describe('valid', () => {
  it("reports every violation with the contract's field names", () => {
    const schema = z.object({ pageSize: field.pageSize(), events: z.array(z.object({ userId: field.id() })) });
    expect(violations(schema, { pageSize: 101, events: [{ userId: '0193e4a1-0000-7000-8000-000000000001' }, { userId: 'x' }] })).toEqual({
      page_size: 'Must be 1 to 100, or 0 for the default of 20.',
      'events[1].user_id': 'Must be a UUID.',
    });
  });
});
