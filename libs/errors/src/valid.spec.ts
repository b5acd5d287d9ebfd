import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import type { DomainError } from './domain-error.ts';
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
  it("tells of every violation, in the contract's names", () => {
    const schema = z.object({ pageSize: field.pageSize(), events: z.array(z.object({ userId: field.id() })) });
    expect(violations(schema, { pageSize: 101, events: [{ userId: '0193e4a1-0000-7000-8000-000000000001' }, { userId: 'x' }] })).toEqual({
      page_size: 'Must be 1 to 100, or 0 for the default of 20.',
      'events[1].user_id': 'Must be a UUID.',
    });
  });
});

describe('text', () => {
  const title = field.text(1, 300);
  it.each([
    ['nothing', '', false],
    ['white space', ' \n\t ', false],
    ['the longest', 'x'.repeat(300), true],
    ['one more', 'x'.repeat(301), false],
    ['the longest in characters that take two code units', '😀'.repeat(300), true],
    ['one more of those', '😀'.repeat(301), false],
    ['a megabyte', 'x'.repeat(1_000_000), false],
    ['NUL', 'a\u0000b', false],
    ['an escape', 'a\u001b[31m', false],
    ['line breaks and tabs', 'a\r\n\tb', true],
  ])('%s', (_name, value, good) => {
    expect(title.safeParse(value).success).toBe(good);
  });

  it('is trimmed', () => {
    expect(title.parse('  a  ')).toBe('a');
  });
});

describe('page tokens', () => {
  const id = '0193e4a1-0000-7000-8000-00000000000a';

  it('lead to the row they were made of', () => {
    expect(field.pageToken().parse(field.pageTokenAfter(id))).toBe(id);
    expect(field.pageToken().parse('')).toBeUndefined();
  });

  it.each(['x', id, "' OR 1=1 --", 'A'.repeat(10_000), `${'A'.repeat(22)}=`])('that are none are refused: %.40s', (token) => {
    expect(field.pageToken().safeParse(token).success).toBe(false);
  });

  it('there is a next page if there is another row', () => {
    const rows = [{ id: '0193e4a1-0000-7000-8000-000000000001' }, { id: '0193e4a1-0000-7000-8000-000000000002' }];
    expect(field.page(rows, 2)).toEqual({ rows, nextPageToken: '' });
    expect(field.page(rows, 1)).toEqual({ rows: rows.slice(0, 1), nextPageToken: field.pageTokenAfter(rows[0]?.id ?? '') });
    expect(field.page([], 1)).toEqual({ rows: [], nextPageToken: '' });
  });
});
