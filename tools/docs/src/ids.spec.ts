import { expect, it } from '@jest/globals';
import { resolve } from 'node:path';
import { citedIds, definedIds, undefinedIds } from './ids.ts';

it('docs/abuse.md and docs/patterns.md define every id that code cites', () => {
  expect(undefinedIds(resolve(import.meta.dirname, '../../..'))).toEqual([]);
});

it('finds the ids in headings and in the first column of a table', () => {
  expect(definedIds('### P7: early refusal (P1)\n\n| P17 | a pattern | see P18 |\n')).toEqual(new Set(['P7', 'P17']));
});

it('finds the ids in comments and in names of specs, and no identifiers', () => {
  const code = "describe('streams (A9)', () => {\n  // as P7 says\n  /** See A11. */\n  const A3 = P1;\n  const name = 'xA1';\n";
  expect(citedIds(code)).toEqual(new Set(['A9', 'P7', 'A11']));
});
