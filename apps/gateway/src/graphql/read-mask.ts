import { create, type DescMessage } from '@bufbuild/protobuf';
import { type FieldMask, FieldMaskSchema } from '@bufbuild/protobuf/wkt';
import { currentSelection, type Selection } from './selection.ts';

/**
 * Returns a function that returns the current request's `read_mask` for a message: `id`, and the fields that the document selects from the type
 * of the same name. It is `*` if the contract has no field of that name, and undefined outside a request: all fields.
 *
 * @param needs the contract's field that the resolver of a field reads, for fields with a resolver
 */
export function readMask(schema: DescMessage, needs: Readonly<Record<string, string>> = {}): () => FieldMask | undefined {
  const names: ReadonlyMap<string, string> = new Map([
    ...schema.fields.map(({ localName, name }) => [localName, name] as const),
    ...Object.entries(needs),
    ['__typename', 'id'],
  ]);
  const masks = new WeakMap<Selection, FieldMask>();
  return () => {
    const selection = currentSelection();
    if (!selection) return undefined;
    let mask = masks.get(selection);
    if (!mask) masks.set(selection, (mask = maskOf(selection.get(schema.name) ?? new Set(), names)));
    return mask;
  };
}

function maskOf(fields: ReadonlySet<string>, names: ReadonlyMap<string, string>): FieldMask {
  const paths = new Set(['id', ...[...fields].map((field) => names.get(field) ?? '*')]);
  return create(FieldMaskSchema, { paths: paths.has('*') ? ['*'] : [...paths].sort() });
}
