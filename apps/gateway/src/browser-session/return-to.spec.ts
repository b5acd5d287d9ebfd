import { describe, expect, it } from '@jest/globals';
import { localPath } from './return-to.ts';

const ORIGIN = 'https://reputable.example';

describe('returnTo (A18)', () => {
  it.each([
    ['/', '/'],
    ['/posts/1?tab=votes#last', '/posts/1?tab=votes#last'],
    ['/search?q=https://elsewhere.example', '/search?q=https://elsewhere.example'],
    ['/a/../b', '/b'],
    ['/über', '/%C3%BCber'],
  ])('may be a path: %s', (returnTo, path) => {
    expect(localPath(returnTo, ORIGIN)).toBe(path);
  });

  it.each([
    'https://elsewhere.example/',
    'https://reputable.example/',
    'https:elsewhere.example',
    '//elsewhere.example',
    '///elsewhere.example',
    '/\\elsewhere.example',
    '\\\\elsewhere.example',
    '/a\\..\\..\\elsewhere.example',
    '/\t/elsewhere.example',
    '/\n/elsewhere.example',
    ' //elsewhere.example',
    '/.//elsewhere.example',
    '/a/..//elsewhere.example',
    '/%2e//elsewhere.example',
    'javascript:alert(1)',
    'data:text/html,x',
    'posts',
    '.elsewhere.example',
    '@elsewhere.example',
    '',
    `/${'x'.repeat(2_000)}`,
    undefined,
    ['/posts', 'https://elsewhere.example'],
  ])('stays within the origin: %j', (returnTo) => {
    expect(localPath(returnTo, ORIGIN)).toBe('/');
  });
});
