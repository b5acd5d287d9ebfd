import { describe, expect, it } from '@jest/globals';
import { isLocalTarget, isLoopback } from './loopback.ts';
import { parseXfcc } from './xfcc.ts';

const parsed = (header: string) => parseXfcc(header)?.map((element) => Object.fromEntries(element));

describe('x-forwarded-client-cert', () => {
  it('has an element for each proxy, with the values of each key', () => {
    const first = 'By=http://frontend.example;Hash=46ed;Subject="/C=US/ST=CA/L=San Francisco/CN=Test Client";URI=http://client.example';
    const second = 'by=spiffe://td/a;HASH=9ba6;uri=spiffe://td/b;DNS=b.example;DNS=*.b.example';
    expect(parsed(`${first},${second}`)).toEqual([
      {
        by: ['http://frontend.example'],
        hash: ['46ed'],
        subject: ['/C=US/ST=CA/L=San Francisco/CN=Test Client'],
        uri: ['http://client.example'],
      },
      { by: ['spiffe://td/a'], hash: ['9ba6'], uri: ['spiffe://td/b'], dns: ['b.example', '*.b.example'] },
    ]);
  });

  it('has separators and quotes in quoted values', () => {
    expect(parsed(String.raw`Subject="CN=a\",URI=spiffe://td/gateway;By=x\\",URI=`)).toEqual([
      { subject: [String.raw`CN=a",URI=spiffe://td/gateway;By=x\ `.trim()] },
      { uri: [''] },
    ]);
  });

  it('may have spaces between elements, where HTTP joined two headers', () => {
    expect(parsed('URI=a, URI=b')).toEqual([{ uri: ['a'] }, { uri: ['b'] }]);
  });

  it.each(['', ' ', 'URI', '=a', 'URI=a,', 'URI=a;', ',URI=a', 'URI="a', 'URI=a"b', 'URI="a"b', 'URI=a;;By=b', 'URI=a ; By=b'])(
    'is malformed: %j',
    (header) => {
      expect(parseXfcc(header)).toBeUndefined();
    },
  );

  it('is read in linear time', () => {
    const start = performance.now();
    for (const part of ['URI=', '"', '\\', 'URI="a\\"', 'a', 'URI=a;', ',']) parseXfcc(part.repeat(16_384));
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});

describe('this machine', () => {
  it.each(['127.0.0.1', '127.0.0.6', '::1', '::ffff:127.0.0.1'])('has the loopback address %s', (address) => {
    expect(isLoopback(address)).toBe(true);
  });

  it.each(['10.0.0.1', '128.0.0.1', '0.0.0.0', '::', '::ffff:10.0.0.1', '127.0.0.1.example', '127.1', '', 'localhost'])(
    'does not have the loopback address %j',
    (address) => {
      expect(isLoopback(address)).toBe(false);
    },
  );

  it.each([
    'localhost:1',
    '127.0.0.1:1',
    '[::1]:1',
    'dns:///localhost:1',
    'dns:localhost:1',
    'ipv4:127.0.0.1:1',
    'ipv6:[::1]:1',
    'unix:/run/a',
  ])('alone has the target %s', (target) => {
    expect(isLocalTarget(target)).toBe(true);
  });

  it.each([
    ...[
      '0.0.0.0:1',
      '[::]:1',
      'post:1',
      'dns:///post:1',
      'dns://10.0.0.1/localhost:1',
      'ipv4:127.0.0.1:1,10.0.0.1:1',
      'localhost.example:1',
    ],
    ...['xds:///localhost:1', 'localhost', ':1', '', 'localhost@10.0.0.1:1', '127.0.0.1:1/10.0.0.1:1'],
  ])('is not alone with the target %j', (target) => {
    expect(isLocalTarget(target)).toBe(false);
  });
});
