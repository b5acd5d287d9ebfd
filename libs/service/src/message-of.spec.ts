import { expect, it } from '@jest/globals';
import { listenAddress } from './listen-address.ts';
import { messageOf } from './message-of.ts';

it('names every address that refused a connection', () => {
  const errors = ['::1', '127.0.0.1'].map((address) => new Error(`connect ECONNREFUSED ${address}:5432`));
  expect(messageOf(new AggregateError(errors))).toBe('connect ECONNREFUSED ::1:5432; connect ECONNREFUSED 127.0.0.1:5432');
  expect(messageOf(new AggregateError(errors, 'Both failed.'))).toBe('Both failed.');
});

it.each([
  ['127.0.0.1', '127.0.0.1:50053'],
  ['localhost', 'localhost:50053'],
  ['::1', '[::1]:50053'],
  ['::', '[::]:50053'],
])('listens on %s as %s', (host, address) => {
  expect(listenAddress(host, 50_053)).toBe(address);
});
