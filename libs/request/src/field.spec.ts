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
    ['the longest in letters with a mark', 'e\u0301'.repeat(300), true],
    ['line breaks of forms, each one character', `a${'\r\n'.repeat(298)}a`, true],
    ['one character of many marks', `e${'\u0301'.repeat(2_000)}`, false],
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

describe('line', () => {
  const name = field.line(2, 50);
  it.each([
    ['a line break', 'Ada\nLovelace', false],
    ['a line separator', 'Ada\u2028Lovelace', false],
    ['a tab', 'Ada\tLovelace', false],
    ['a control character of Latin-1', 'Ada\u0085Lovelace', false],
    ['a direction override', 'Ada\u202Eecalevol', false],
    ['a direction isolate', 'Ada\u2066', false],
    ['a direction mark', 'Ada\u200F', false],
    ['a zero-width space', 'Ada\u200BLovelace', false],
    ['a byte order mark', 'A\uFEFFda', false],
    ['a soft hyphen', 'A\u00ADda', false],
    ['a joiner between Latin letters', 'A\u200Dda', false],
    ['a variation selector after a letter', 'Ada\uFE0F', false],
    ['a filler', '\u3164\u3164', false],
    ['tags', 'Ada\u{E0041}\u{E0042}', false],
    ['a line break at its end', 'Ada\n', true],
    ['a name of right-to-left letters', 'עדה لافلايس', true],
    ['a family and a flag', 'Ada 👨‍👩‍👧‍👦 🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}', true],
    ['a heart on fire, a keycap and a skin tone', '❤️‍🔥 1️⃣ 👍🏽', true],
    ['a non-joiner in Persian', 'می\u200Cخواهم', true],
    ['a joiner in Sinhala', 'ශ්\u200Dරී', true],
    ['a variant of a Han character', '葛\u{E0100}城', true],
    ['families of seven code points', '👨‍👩‍👧‍👦'.repeat(32), true],
    ['more bytes than sixteen a character', '👨‍👩‍👧‍👦'.repeat(33), false],
    ['one family', '👨‍👩‍👧‍👦', false],
  ])('%s', (_name, value, good) => {
    expect(name.safeParse(value).success).toBe(good);
  });

  it('explains the refusal', () => {
    const refusal = (value: string) => name.safeParse(value).error?.issues.map(({ message }) => message);
    expect(refusal('a\nb')).toEqual(['Must be one line, without tabs and control characters.']);
    expect(refusal('Ada\u202E')).toEqual(['Must not contain invisible characters, for example those that change the direction of text.']);
    expect(refusal('x'.repeat(51))).toEqual(['Must have 2 to 50 characters.']);
    expect(refusal('👨‍👩‍👧‍👦'.repeat(33))).toEqual(['Must have 800 bytes in UTF-8 at most.']);
  });
});

it('firstCharacters() cuts no character', async () => {
  const { firstCharacters } = await import('./characters.ts');
  expect(firstCharacters('👨‍👩‍👧‍👦👍🏽ab', 3)).toBe('👨‍👩‍👧‍👦👍🏽a');
});

describe('an idempotency key', () => {
  it.each([
    ['a UUID', '0199a0a0-0000-7000-8000-000000000000', true],
    ['every character', 'aZ09._~-', true],
    ['nothing', '', false],
    ['the longest', 'k'.repeat(64), true],
    ['one more', 'k'.repeat(65), false],
    ['two of them', 'one, two', false],
    ['a line break at the end', 'key\n', false],
    ['a letter with an accent', 'clé', false],
  ])('%s', (_name, value, good) => {
    expect(field.idempotencyKey().safeParse(value).success).toBe(good);
  });
});

describe('time', () => {
  it.each([
    ['the first', -62_135_596_800n, 0, '0001-01-01T00:00:00.000Z'],
    ['one before', -62_135_596_801n, 0, undefined],
    ['the last', 253_402_300_799n, 999_999_999, '9999-12-31T23:59:59.999Z'],
    ['one after', 253_402_300_800n, 0, undefined],
    ['the largest number', 2n ** 63n - 1n, 0, undefined],
    ['negative nanoseconds', 0n, -1, undefined],
    ['a second of nanoseconds', 0n, 1_000_000_000, undefined],
  ])('%s', (_name, seconds, nanos, iso) => {
    expect(field.time().safeParse({ seconds, nanos }).data?.toISOString()).toBe(iso);
  });

  it('must be set', () => {
    expect(field.time().safeParse(undefined).error?.issues).toMatchObject([{ message: 'Must be set.' }]);
  });
});
