import { describe, expect, it } from '@jest/globals';
import { buildSchema, parse } from 'graphql';
import { readFileSync } from 'node:fs';
import { checkRows, pagedFields } from './row-limit.ts';

const paged = pagedFields(buildSchema(readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8')));

const check = (document: string, variables?: Record<string, unknown>) => () => {
  checkRows(parse(document), variables, paged);
};

const nested = (posts: unknown, comments: unknown) =>
  `{ posts(first: ${String(posts)}) { nodes { comments(first: ${String(comments)}) { nodes { id } } } } }`;

const WITH_VARIABLES =
  'query($posts: Int = 50, $comments: Int) { posts(first: $posts) { nodes { comments(first: $comments) { nodes { id } } } } }';

it('finds the paged fields by their argument', () => {
  expect([...paged]).toEqual(
    expect.arrayContaining([
      ['posts', 20],
      ['comments', 20],
      ['sessions', 20],
    ]),
  );
  expect(paged.size).toBe(5);
});

describe('a request may ask for 100 posts with 20 comments each, and no more', () => {
  it.each([
    [nested(100, 20), undefined],
    [nested(10, 100), undefined],
    ['{ posts(first: 100) { nodes { comments { nodes { id } } } } }', undefined],
    ['{ posts(first: null) { nodes { comments(first: null) { nodes { id } } } } }', undefined],
    [WITH_VARIABLES, { comments: 40 }],
    [WITH_VARIABLES, { posts: 100, comments: 20 }],
  ])('%s %j', (document, variables) => {
    expect(check(document, variables)).not.toThrow();
  });

  it.each([
    [nested(100, 21), undefined, '2200'],
    [WITH_VARIABLES, { comments: 100 }, '5050'],
    [WITH_VARIABLES, { posts: 100, comments: 100 }, '10100'],
    [
      '{ a: posts(first: 100) { ...P } b: posts(first: 100) { ...P } } fragment P on PostConnection { nodes { comments { nodes { id } } } }',
      undefined,
      '4200',
    ],
    ['{ posts(first: 100) { nodes { a: comments { nodes { id } } ... { b: comments { nodes { id } } } } } }', undefined, '4100'],
    [
      'mutation { upvotePost(id: 1) { comments(first: 100) { nodes { id } } } '.concat(
        'b: upvotePost(id: 2) { comments(first: 100) { nodes { id } } } '.repeat(21),
        '}',
      ),
      undefined,
      '2200',
    ],
  ])('%s %j', (document, variables, actual) => {
    expect(check(document, variables)).toThrow(
      expect.objectContaining({ reason: 'QUERY_TOO_COMPLEX', metadata: { limit: 'rows', required: '2100', actual } }),
    );
  });
});

describe('a page has 1 to 100 rows', () => {
  it.each([
    [nested(101, 1), undefined],
    [nested(1, 0), undefined],
    [nested(-1, 1), undefined],
    [WITH_VARIABLES, { posts: 101 }],
    [WITH_VARIABLES, { posts: -1 }],
  ])('%s %j', (document, variables) => {
    expect(check(document, variables)).toThrow(expect.objectContaining({ reason: 'INVALID_FIELD', message: 'first: Must be 1 to 100.' }));
  });
});

it('leaves values other than numbers to the validation of variables', () => {
  expect(check(WITH_VARIABLES, { posts: 'many' })).not.toThrow();
});
