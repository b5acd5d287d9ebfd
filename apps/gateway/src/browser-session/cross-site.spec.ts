import { describe, expect, it } from '@jest/globals';
import { refuseCrossSite, refuseCrossSiteForm } from './cross-site.ts';

const ORIGIN = 'https://reputable.example';
const refusing = (headers: Record<string, string>) => () => {
  refuseCrossSite({ headers, method: 'POST' }, ORIGIN);
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

describe('a form that is sent with a cookie (A18)', () => {
  const refusingForm = (headers: Record<string, string>, method: string) => () => {
    refuseCrossSiteForm({ headers, method }, ORIGIN);
  };
  const FORM = { origin: ORIGIN, 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' };

  it.each<[string, Record<string, string>, string]>([
    ['from a page of this origin', FORM, 'POST'],
    ['from a browser without Sec-Fetch-Site', { origin: ORIGIN }, 'POST'],
    ['if it only opens a page', { 'sec-fetch-site': 'cross-site' }, 'GET'],
  ])('is accepted %s', (_what, headers, method) => {
    expect(refusingForm(headers, method)).not.toThrow();
  });

  it.each<[string, Record<string, string>]>([
    ['without an origin', { 'sec-fetch-site': 'same-origin' }],
    ['of another origin', { ...FORM, origin: 'https://elsewhere.example' }],
    ['of another port', { ...FORM, origin: `${ORIGIN}:8443` }],
    ['of an origin that is kept secret', { ...FORM, origin: 'null' }],
    ['of the same site, and not ours', { ...FORM, 'sec-fetch-site': 'same-site' }],
    ['of another site', { ...FORM, 'sec-fetch-site': 'cross-site' }],
    ['of a user who typed its address', { ...FORM, 'sec-fetch-site': 'none' }],
  ])('is refused %s', (_what, headers) => {
    for (const method of ['POST', 'PUT', 'DELETE', 'post']) expect(refusingForm(headers, method)).toThrow(REFUSED);
  });
});
