import type { ValueTransformer } from 'typeorm';

/**
 * Selects a time as milliseconds since the epoch, without its microseconds. PostgreSQL and the driver spend less time on a number than on a
 * date. Half a microsecond makes up for the rounding error of a floating-point number.
 */
export const epochMs = (column: string) => `floor(date_part('epoch', ${column}) * 1000 + 0.0005)`;

/** Maps a `timestamptz` column of an entity to milliseconds since the epoch. */
export const asEpochMs: ValueTransformer = {
  // Undefined means the column's default.
  to: (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms)),
  from: (date: Date) => date.getTime(),
};
