import { type Timestamp, timestampMs } from '@bufbuild/protobuf/wkt';
import { GraphQLScalarType } from 'graphql';

/** The scalar DateTime. The services' timestamps are written as they come; there is nowhere to pass one in. */
export const DateTime = new GraphQLScalarType<never, string>({
  name: 'DateTime',
  serialize: (value) => new Date(timestampMs(value as Timestamp)).toISOString(),
});
