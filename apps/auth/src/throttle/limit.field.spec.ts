import { describe, expect, it } from '@jest/globals';
import { readConfig } from '@reputable/service';
import { z } from 'zod';
import { limits } from './limits.ts';

const Config = z.object(limits);

describe('a limit', () => {
  it('is a count and a number of seconds', () => {
    expect(readConfig(Config, { LIMIT_LOG_IN: '7/60' }).LIMIT_LOG_IN).toEqual({ count: 7, seconds: 60 });
  });

  it('has a safe default', () => {
    expect(readConfig(Config, {})).toEqual({
      LIMIT_LOG_IN: { count: 5, seconds: 900 },
      LIMIT_LOG_IN_ADDRESS: { count: 50, seconds: 900 },
      LIMIT_LOG_IN_ACCOUNT: { count: 30, seconds: 3_600 },
      LIMIT_MAIL: { count: 3, seconds: 900 },
      LIMIT_MAIL_ADDRESS: { count: 30, seconds: 3_600 },
      LIMIT_MAIL_ACCOUNT: { count: 10, seconds: 3_600 },
      LIMIT_REGISTRATION: { count: 10, seconds: 3_600 },
      LIMIT_DATA_EXPORT: { count: 5, seconds: 3_600 },
      LIMIT_TOKEN: { count: 10, seconds: 900 },
      LIMIT_TOKEN_ADDRESS: { count: 100, seconds: 900 },
    });
  });

  it.each(['', '0/900', '5/0', '5', '5/', '-1/900', '5/900/1', '1e3/900', '2000000/900', '5/99999', 'off', 'Infinity/1'])(
    'cannot be %j',
    (value) => {
      expect(() => readConfig(Config, { LIMIT_LOG_IN: value })).toThrow('LIMIT_LOG_IN must be a count and seconds, as in 5/900');
    },
  );
});
