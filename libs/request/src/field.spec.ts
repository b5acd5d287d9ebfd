import { describe, expect, it } from '@jest/globals';
import * as field from './field.ts';

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
