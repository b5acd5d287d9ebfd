import { describe, expect, it } from '@jest/globals';
import { refuseCrossSite } from './cross-site.ts';

const ORIGIN = 'https://reputable.example';
const refusing = (headers: Record<string, string>) => () => {
  refuseCrossSite({ headers }, ORIGIN);
};
const OURS = { 'x-reputable-csrf': '1', origin: ORIGIN, 'sec-fetch-site': 'same-origin' };
const REFUSED = expect.objectContaining({ reason: 'CROSS_SITE_REQUEST' });

describe('a request that is made with a cookie (A18)', () => {
  it.each<[string, Record<string, string>]>([
    ['from a page of this origin', OURS],
    ['with JSON', { ...OURS, 'content-type': 'application/json; charset=utf-8' }],
    ['from something that is no browser', { 'x-reputable-csrf': '1' }],
  ])('is accepted %s', (_what, headers) => {
    expect(refusing(headers)).not.toThrow();
  });

  it.each<[string, Record<string, string>]>([
    ['without our header', { origin: ORIGIN, 'sec-fetch-site': 'same-origin' }],
    ['of another origin', { ...OURS, origin: 'https://elsewhere.example' }],
    ['of another port', { ...OURS, origin: `${ORIGIN}:8443` }],
    ['in the clear', { ...OURS, origin: 'http://reputable.example' }],
    ['of an origin that is kept secret', { ...OURS, origin: 'null' }],
    ['of the same site, and not ours', { ...OURS, 'sec-fetch-site': 'same-site' }],
    ['of another site', { ...OURS, 'sec-fetch-site': 'cross-site' }],
    ['with text', { ...OURS, 'content-type': 'text/plain' }],
    ['with text that looks like JSON', { ...OURS, 'content-type': 'text/plain; application/json' }],
    ['with a form', { ...OURS, 'content-type': 'application/x-www-form-urlencoded' }],
  ])('is refused %s', (_what, headers) => {
    expect(refusing(headers)).toThrow(REFUSED);
  });
});
