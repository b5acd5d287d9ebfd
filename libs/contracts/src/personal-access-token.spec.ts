import { describe, expect, it } from '@jest/globals';
import { isWellFormed, newPersonalAccessToken } from './personal-access-token.ts';

describe('a personal access token', () => {
  it('has a prefix, 256 random bits and a checksum', () => {
    const [one, two] = [newPersonalAccessToken(), newPersonalAccessToken()];
    expect(one).toMatch(/^rpt_pat_[0-9a-f]{72}$/);
    expect(isWellFormed(one)).toBe(true);
    expect(one.slice(0, 72)).not.toBe(two.slice(0, 72));
  });

  it('has a checksum that other programs can compute: CRC-32, as in gzip', () => {
    expect(isWellFormed(`rpt_pat_${'0'.repeat(64)}34b1e4cb`)).toBe(true);
  });

  it.each([
    ['another digit', (token: string) => token.replace(/.$/, (last) => (last === '0' ? '1' : '0'))],
    ['two digits swapped', (token: string) => token.replace(/([0-9a-f])(?!\1)([0-9a-f])/, '$2$1')],
    ['a missing end', (token: string) => token.slice(0, -1)],
    ['no checksum', (token: string) => token.slice(0, -8)],
    ['more at the end', (token: string) => `${token}0`],
    ['capital letters', (token: string) => token.toUpperCase()],
    ['another prefix', (token: string) => token.replace('pat', 'tap')],
  ])('is not well formed with %s', (_what, change) => {
    expect(isWellFormed(change(newPersonalAccessToken()))).toBe(false);
  });
});
