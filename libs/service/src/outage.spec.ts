import { describe, expect, it } from '@jest/globals';
import { isOutage } from './outage.ts';

const withCode = (code: string) => Object.assign(new Error('x'), { code });

describe('isOutage', () => {
  it.each<[string, unknown, boolean]>([
    ['nothing listens', withCode('ECONNREFUSED'), true],
    ['the host is lost', withCode('EHOSTUNREACH'), true],
    ['no network leads there', withCode('ENETUNREACH'), true],
    ['DNS does not answer', withCode('EAI_AGAIN'), true],
    ['the server is shutting down', withCode('57P01'), true],
    ['the connection broke, in an error of TypeORM', Object.assign(new Error('x'), { driverError: withCode('08006') }), true],
    ['no connection became free', new Error('timeout exceeded when trying to connect'), true],
    ['the connection was lost within a transaction', new Error('Query runner already released. Cannot run queries anymore.'), true],
    ['a duplicate key', withCode('23505'), false],
    ['a bug', new TypeError('x is not a function'), false],
    ['nothing', undefined, false],
  ])('%s', (_name, error, expected) => {
    expect(isOutage(error)).toBe(expected);
  });
});
