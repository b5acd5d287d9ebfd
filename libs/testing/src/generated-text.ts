import fc from 'fast-check';

/** Texts that are valid in few fields. */
const UNUSUAL = [
  '',
  ' ',
  '\t\n',
  'x\u0000',
  '\u202ex',
  '\u200b',
  '\ufeff',
  '\ud800',
  '0',
  '-1',
  '1e400',
  'null',
  '{}',
  '%00',
  '*',
  '\u0131',
];

/** Characters of one to many code units. */
const CHARACTERS = ['x', '\u00e9', 'e\u0301', '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}', '\u{1f1e9}\u{1f1ea}'];

/** The bounds of texts in the contract, and one more. */
const LENGTHS = [1, 2, 50, 64, 100, 128, 200, 254, 300, 500, 600, 8_000, 30_000].flatMap((length) => [length, length + 1]);

/**
 * Texts for a field: valid ones, those at the bounds, and others.
 *
 * @param known texts that some field accepts, for example ids of rows
 */
export const anyText = (known: readonly string[] = []): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...(known.length > 0 ? known : UNUSUAL)) },
    { weight: 2, arbitrary: fc.constantFrom(...UNUSUAL) },
    { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
    { weight: 1, arbitrary: fc.uuid() },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom(...CHARACTERS), fc.constantFrom(...LENGTHS))
        .map(([character, length]) => character.repeat(length)),
    },
  );
