import { expect, it } from '@jest/globals';
import { Code, DomainError } from './domain-error.ts';
import { databaseUnavailable, deadlineExceeded, internal, isUnavailable, serviceUnavailable } from './general-errors.ts';

it.each<[string, unknown, boolean]>([
  ['a service that is down', serviceUnavailable('user'), true],
  ['a service that is too slow', deadlineExceeded('user'), true],
  ['a database that is down', databaseUnavailable(), true],
  ['a service with too many calls', new DomainError(Code.RESOURCE_EXHAUSTED, 'OVERLOADED', 'Try again.'), true],
  ['a user with too many votes', new DomainError(Code.RESOURCE_EXHAUSTED, 'TOO_MANY_VOTES', 'Try again.'), false],
  ['a fault of the service', internal(), false],
  ['another error', new Error('no'), false],
])('isUnavailable() of the error of %s', (_, error, expected) => {
  expect(isUnavailable(error)).toBe(expected);
});
