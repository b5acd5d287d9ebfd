import { describe, expect, it } from '@jest/globals';
import type { CallContext } from './call-context.ts';
import { isBoundTo, requestHashOf } from './request-binding.ts';

const PATH = '/acme.Shop/Buy';
const codecs = new Map([[PATH, (request: unknown) => Buffer.from(String(request))]]);
const requestHash = requestHashOf(Buffer.from('a book'));

const context = (transaction?: object) => ({ token: { transaction } }) as unknown as CallContext;

describe('isBoundTo', () => {
  it.each<[string, CallContext, string, boolean]>([
    ['no token', {} as CallContext, 'a car', true],
    ['an access token', context(), 'a car', true],
    ['a transaction for any request', context({ path: PATH }), 'a car', true],
    ['a transaction for another rpc', context({ path: '/acme.Shop/Sell', requestHash }), 'a car', true],
    ['its request', context({ path: PATH, requestHash }), 'a book', true],
    ['another request', context({ path: PATH, requestHash }), 'a car', false],
  ])('%s', (_name, call, request, expected) => {
    expect(isBoundTo(request, PATH, call, codecs)).toBe(expected);
  });

  it('refuses what it cannot compare', () => {
    expect(isBoundTo('a book', PATH, context({ path: PATH, requestHash }), new Map())).toBe(false);
  });
});
