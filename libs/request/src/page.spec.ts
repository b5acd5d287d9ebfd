import { describe, expect, it } from '@jest/globals';
import * as field from './field.ts';
import { page, pageTokenAfter } from './page.ts';

describe('page tokens', () => {
  const id = '0193e4a1-0000-7000-8000-00000000000a';

  it('decode to the id of their row', () => {
    expect(field.pageToken().parse(pageTokenAfter(id))).toBe(id);
    expect(field.pageToken().parse('')).toBeUndefined();
  });

  it.each(['x', id, "' OR 1=1 --", 'A'.repeat(10_000), `${'A'.repeat(22)}=`])('are refused if malformed: %.40s', (token) => {
    expect(field.pageToken().safeParse(token).success).toBe(false);
  });

  it('there is a next page if there is another row', () => {
    const rows = [{ id: '0193e4a1-0000-7000-8000-000000000001' }, { id: '0193e4a1-0000-7000-8000-000000000002' }];
    expect(page(rows, 2)).toEqual({ rows, nextPageToken: '' });
    expect(page(rows, 1)).toEqual({ rows: rows.slice(0, 1), nextPageToken: pageTokenAfter(rows[0]?.id ?? '') });
    expect(page([], 1)).toEqual({ rows: [], nextPageToken: '' });
  });
});
