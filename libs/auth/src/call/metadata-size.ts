import type { Metadata } from '@grpc/grpc-js';

/** The largest metadata of a call, in bytes: a token of 8 KB, and other entries. */
export const MAX_METADATA_BYTES = 16 * 1024;

/** What HTTP counts for each field besides its name and its value (RFC 9113 §6.5.2). */
const FIELD_BYTES = 32;

/** Whether the metadata of a call are larger than {@link MAX_METADATA_BYTES}. grpc-js has no such bound: `grpc.max_metadata_size` has no effect. */
export function isTooLarge(metadata: Metadata): boolean {
  // An object has no such key of its own, so it is not in the map.
  let size = sizeOf(metadata, '__proto__');
  for (const key in metadata.getMap()) size += sizeOf(metadata, key);
  return size > MAX_METADATA_BYTES;
}

function sizeOf(metadata: Metadata, key: string): number {
  let size = 0;
  for (const value of metadata.get(key)) size += key.length + value.length + FIELD_BYTES;
  return size;
}
