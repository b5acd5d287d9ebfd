import { type Timestamp, timestampMs } from '@bufbuild/protobuf/wkt';
import { GraphQLScalarType } from 'graphql';

/** The scalar DateTime. It serializes the services' timestamps. No argument has this type. */
export const DateTime = new GraphQLScalarType<never, string>({
  name: 'DateTime',
  serialize: (value) => new Date(timestampMs(value as Timestamp)).toISOString(),
});
