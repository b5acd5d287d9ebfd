import { describe, expect, it } from '@jest/globals';
import { Metadata } from '@grpc/grpc-js';
import { isTooLarge, MAX_METADATA_BYTES } from './metadata-size.ts';

const ENTRY_BYTES = 32;

const metadataOf = (key: string, values: readonly (string | Buffer)[]): Metadata => {
  const metadata = new Metadata();
  for (const value of values) metadata.add(key, value);
  return metadata;
};

describe('the size of metadata', () => {
  it.each([
    ['one entry', 'x', ['x'.repeat(MAX_METADATA_BYTES - ENTRY_BYTES - 1)], ['x']],
    ['one key with many values', 'x', Array.from({ length: MAX_METADATA_BYTES / (ENTRY_BYTES + 2) }, () => 'x'), ['x', 'x']],
    ['bytes', 'x-bin', [Buffer.alloc(MAX_METADATA_BYTES - ENTRY_BYTES - 5)], [Buffer.alloc(1)]],
    // An object as a map would not have this key.
    ['__proto__', '__proto__', ['x'.repeat(MAX_METADATA_BYTES - ENTRY_BYTES - 9)], ['x']],
  ])('is bounded for %s', (_, key, allowed, more) => {
    expect(isTooLarge(metadataOf(key, allowed))).toBe(false);
    expect(isTooLarge(metadataOf(key, [...allowed, ...more]))).toBe(true);
  });
});
