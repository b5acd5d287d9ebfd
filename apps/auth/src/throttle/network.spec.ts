import { expect, it } from '@jest/globals';
import { networkOf } from './network.ts';

it.each([
  ['192.0.2.1', '::ffff:192.0.2.1'],
  ['192.0.2.1', '::ffff:c000:201'],
  ['2001:db8::1', '2001:0db8:0000:0000:ffff:ffff:ffff:ffff'],
  ['fe80::1', 'fe80::2%eth0'],
])('%s and %s are one', (one, other) => {
  expect(networkOf(other)).toBe(networkOf(one));
});

it.each([
  ['192.0.2.1', '192.0.2.2'],
  ['2001:db8::1', '2001:db8:0:1::1'],
  ['192.0.2.1', '2001:db8::1'],
  ['::1', '127.0.0.1'],
])('%s and %s are two', (one, other) => {
  expect(networkOf(other)).not.toBe(networkOf(one));
});
