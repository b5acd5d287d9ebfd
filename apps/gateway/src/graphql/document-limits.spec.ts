import { describe, expect, it } from '@jest/globals';
import { parse } from 'graphql';
import { DOCUMENT_LIMITS, measure } from './document-limits.ts';

const NESTED = '{ posts { nodes { author { displayName } comments { nodes { author { displayName } } } } } }';
const HIDDEN = `
  query { ...A @include(if: true) }
  fragment A on Query { posts { ...B } }
  fragment B on PostConnection { nodes { ... on Post { comments { nodes { author { id } } } } } }`;

describe('a document is as deep as its deepest field', () => {
  it.each([
    ['{ me { id } }', 2],
    ['{ me { id } posts { nodes { id } } }', 3],
    [NESTED, 6],
    // Fragments do not change the depth.
    [HIDDEN, 6],
    ['{ ...A } fragment A on Query { me { ...A } }', 1],
    ['{ __schema { types { fields { type { ofType { ofType { ofType { name } } } } } } } }', 0],
  ])('%s: %d', (document, depth) => {
    expect(measure(parse(document)).depth).toBe(depth);
  });

  it('and the nested list is within the limit', () => {
    expect(measure(parse(NESTED)).depth).toBeLessThanOrEqual(DOCUMENT_LIMITS.depth);
  });
});

describe('counts of a document', () => {
  it.each([
    ['aliases, in fragments too', '{ a: me { b: id } ...F } fragment F on Query { c: me { id } }', { aliases: 3 }],
    ['directives', 'query @a @b { me @include(if: true) { id @skip(if: false) } }', { directives: 4 }],
    ['operations', 'query A { me { id } } query B { me { id } }', { operations: 2 }],
    [
      'log-ins under aliases',
      'mutation { a: logIn { tokenType } b: refresh { tokenType } c: changePassword ... on Mutation { register { tokenType } } }',
      { logIns: 4 },
    ],
  ])('%s', (_what, document, found) => {
    expect(measure(parse(document))).toMatchObject(found);
  });
});
