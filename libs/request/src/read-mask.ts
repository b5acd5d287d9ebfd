import type { DescField, DescMessage } from '@bufbuild/protobuf';
import { z } from 'zod';

/** The names of a message's fields in the generated code: `createdAt`. */
export type FieldOf<Schema extends DescMessage> = keyof Schema['field'] & string;

/** All fields of a message, by their names in the generated code. */
export const allFields = <Schema extends DescMessage>({ fields }: Schema): ReadonlySet<FieldOf<Schema>> =>
  new Set(fields.map(({ localName }) => localName as FieldOf<Schema>));

/**
 * A `read_mask` over a message (AIP-157): the fields to return, by their names in the generated code. An absent or empty mask and the path
 * `*` mean all fields. A path is the name of a field in the contract; parts of a field cannot be selected.
 */
export function readMask<Schema extends DescMessage>(schema: Schema) {
  const all = allFields(schema);
  const names = new Map(schema.fields.map(({ name, localName }: DescField) => [name, localName as FieldOf<Schema>]));
  const error = `Must be a field of ${schema.name}: ${[...names.keys()].join(', ')}, or * for all fields.`;
  const path = z.string().refine((name) => name === '*' || names.has(name), { error });
  return z
    .object({ paths: z.array(path) })
    .optional()
    .transform((mask): ReadonlySet<FieldOf<Schema>> => {
      if (mask === undefined || mask.paths.length === 0 || mask.paths.includes('*')) return all;
      return new Set(mask.paths.map((name) => names.get(name) as FieldOf<Schema>));
    });
}
