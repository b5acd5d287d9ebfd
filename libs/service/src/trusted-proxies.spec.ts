import { describe, expect, it } from '@jest/globals';
import { trustedProxies } from './trusted-proxies.ts';

describe('TRUSTED_PROXIES', () => {
  it.each([
    [undefined, []],
    ['', []],
    ['10.0.0.1', ['10.0.0.1']],
    ['10.0.0.0/8, fd00::/8,::1', ['10.0.0.0/8', 'fd00::/8', '::1']],
  ])('%j', (value, proxies) => {
    expect(trustedProxies().parse(value)).toEqual(proxies);
  });

  it.each(['true', '*', '1', 'proxy.example.com', '0.0.0.0/0', '::/0', '10.0.0.0/33', '10.0.0.0/', '10.0.0.1,', '10.0.0.1 10.0.0.2'])(
    'cannot be %j',
    (value) => {
      expect(trustedProxies().safeParse(value).error?.issues[0]?.message).toMatch(/^must be IP addresses or networks/);
    },
  );
});
