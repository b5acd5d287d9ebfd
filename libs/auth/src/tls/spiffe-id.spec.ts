import { describe, expect, it } from '@jest/globals';
import { serviceOf } from './spiffe-id.ts';

describe('serviceOf', () => {
  it.each<[string | undefined, string | undefined]>([
    ['URI:spiffe://reputable.local/post', 'post'],
    ['DNS:post, URI:spiffe://reputable.local/post, IP Address:127.0.0.1', 'post'],
    [undefined, undefined],
    ['', undefined],
    ['DNS:post', undefined],
    ['URI:spiffe://evil.local/post', undefined],
    ['URI:spiffe://reputable.local.evil/post', undefined],
    ['URI:spiffe://reputable.local@evil/post', undefined],
    ['URI:https://reputable.local/post', undefined],
    ['URI:SPIFFE://reputable.local/post', undefined],
    ['URI:spiffe://reputable.local/', undefined],
    ['URI:spiffe://reputable.local/post/', undefined],
    ['URI:spiffe://reputable.local/post/v2', undefined],
    ['URI:spiffe://reputable.local//post', undefined],
    ['URI:spiffe://reputable.local/../post', undefined],
    ['URI:spiffe://reputable.local/Post', undefined],
    ['URI:spiffe://reputable.local/p%6fst', undefined],
    ['URI:spiffe://reputable.local/post?x', undefined],
    ['URI:spiffe://reputable.local/post#x', undefined],
    ['URI:spiffe://reputable.local/роst', undefined],
    ['URI:spiffe://reputable.local/post, URI:spiffe://reputable.local/auth', undefined],
    ['URI:spiffe://reputable.local/post, URI:https://example.com', undefined],
    ['DNS:"x, URI:spiffe://reputable.local/post"', undefined],
  ])('%s is %s', (names, service) => {
    expect(serviceOf(names, 'reputable.local')).toBe(service);
  });
});
