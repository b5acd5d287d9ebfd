import { type Timestamp, timestampMs } from '@bufbuild/protobuf/wkt';

/** An instant in RFC 3339, in UTC, to the millisecond. */
export const timeOf = (time: Timestamp | undefined): string => new Date(time ? timestampMs(time) : 0).toISOString();
