import { describe, expect, it } from '@jest/globals';
import { readConfig } from '@reputable/service';
import { KeysConfig } from './config.ts';

const DATABASE_URL = 'postgres://auth@localhost/auth';

describe('KEY_ENCRYPTION_KEY', () => {
  it('is 32 bytes', () => {
    const { KEY_ENCRYPTION_KEY } = readConfig(KeysConfig, { DATABASE_URL, KEY_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64') });
    expect(KEY_ENCRYPTION_KEY).toEqual(new Uint8Array(32).fill(7));
  });

  it.each([
    ['missing', undefined, 'is missing'],
    ['empty', '', 'is empty'],
    ['no base64', 'not a key at all!', 'must be base64'],
    ['too short', 'c2hvcnQ=', 'must be 32 bytes'],
    ['too long', Buffer.alloc(33).toString('base64'), 'must be 32 bytes'],
  ])('is refused if it is %s, and not shown', (_, key, says) => {
    const read = () => readConfig(KeysConfig, { DATABASE_URL, KEY_ENCRYPTION_KEY: key });
    expect(read).toThrow(`KEY_ENCRYPTION_KEY ${says}`);
    if (key) expect(read).not.toThrow(key);
  });
});
