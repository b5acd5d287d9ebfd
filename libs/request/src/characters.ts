/** Grapheme clusters (UAX 29). Their boundaries do not depend on the language. */
const SEGMENTER = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Whether a text has `min` to `max` characters, as people count them. */
export function isWithin(text: string, min: number, max: number): boolean {
  // A character has at least one code point, and no text in use has more than 64 in each. Segmentation is the slowest way to count.
  if (text.length <= max && text.length >= min && min <= 1) return true;
  if (text.length > max * 64) return false;
  const characters = SEGMENTER.segment(text)[Symbol.iterator]();
  let count = 0;
  while (count <= max && !characters.next().done) count += 1;
  return count >= min && count <= max;
}

/** The first characters of a text, as people count them. */
export const firstCharacters = (text: string, count: number): string =>
  Array.from(SEGMENTER.segment(text), ({ segment }) => segment)
    .slice(0, count)
    .join('');

/** A character that is not displayed (UAX 44): direction controls, zero-width and filler characters, variation selectors, tags. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cf}]/u;

/**
 * Invisible characters in their places: joiners, variation selectors and tags of emoji, joiners in Arabic and in scripts that join letters by
 * marks, and the variation selectors of Han characters.
 */
const IN_PLACE = new RegExp(
  [
    '\\u{1f3f4}[\\u{e0030}-\\u{e0039}\\u{e0061}-\\u{e007a}]{2,6}\\u{e007f}',
    '(?<=\\p{Extended_Pictographic}|[0-9#*](?=\\ufe0f\\u20e3))\\ufe0f',
    '(?<=\\p{Extended_Pictographic}\\ufe0f?|\\p{Emoji_Modifier})\\u200d(?=\\p{Extended_Pictographic})',
    '(?<=[\\p{M}\\p{Script=Arabic}])[\\u200c\\u200d]',
    '(?<=\\p{Script=Han})[\\ufe00-\\ufe0f\\u{e0100}-\\u{e01ef}]',
  ].join('|'),
  'gu',
);

/** Whether a text has invisible characters that are not part of an emoji or a word. */
export const hasInvisible = (text: string): boolean => INVISIBLE.test(text) && INVISIBLE.test(text.replace(IN_PLACE, ''));
