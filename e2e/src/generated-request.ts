import { create, type DescField, type DescMessage, ScalarType, toBinary } from '@bufbuild/protobuf';
import { anyText } from '@reputable/testing/generated-text';
import fc from 'fast-check';

const MAX_INT64 = 2n ** 63n - 1n;

/**
 * Encoded requests around a valid one: the same, or with other values of one field or of several. The bytes of some are changed, so that they
 * match no contract.
 *
 * @param valid the fields of a valid request
 * @param known texts that some field accepts, for example ids of rows
 */
export function requestsAround(schema: DescMessage, valid: object, known: readonly string[]): fc.Arbitrary<Uint8Array> {
  const values = valuesOf(schema, known);
  const one = Object.entries(values).map(([name, value]) => value.map((chosen) => ({ [name]: chosen })));
  const changes = fc.oneof(fc.constant({}), ...one, fc.record(values, { requiredKeys: [] }));
  const encoded = changes.map((change) => toBinary(schema, create(schema, { ...valid, ...change })));
  return fc
    .tuple(encoded, fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: BYTE_CHANGE }))
    .map(([bytes, change]) => (change ? changed(bytes, change) : bytes));
}

/** Values of each field, by the names in the generated code. */
const valuesOf = ({ fields }: DescMessage, known: readonly string[]): Record<string, fc.Arbitrary<unknown>> =>
  Object.fromEntries(fields.map((field) => [field.localName, valueOf(field, known)]));

function valueOf(field: DescField, known: readonly string[]): fc.Arbitrary<unknown> {
  switch (field.fieldKind) {
    case 'scalar':
      return scalarOf(field.scalar, known);
    case 'enum':
      return enumOf(field.enum.values);
    case 'message':
      return messageOf(field.message, known);
    case 'list':
      return fc.oneof(
        { weight: 4, arbitrary: fc.array(itemOf(field, known), { maxLength: 4 }) },
        { weight: 1, arbitrary: many(itemOf(field, known)) },
      );
    case 'map':
      if (field.mapKey !== ScalarType.STRING || field.mapKind !== 'scalar') throw new Error(`Add maps such as ${String(field)}.`);
      return fc.dictionary(anyText(known), scalarOf(field.scalar, known), { maxKeys: 4, noNullPrototype: true });
  }
}

function itemOf(field: DescField & { readonly fieldKind: 'list' }, known: readonly string[]): fc.Arbitrary<unknown> {
  if (field.listKind === 'scalar') return scalarOf(field.scalar, known);
  return field.listKind === 'enum' ? enumOf(field.enum.values) : messageOf(field.message, known);
}

/** A list above the bounds of the contract. */
const many = (item: fc.Arbitrary<unknown>) => item.map((one) => Array.from({ length: 2_001 }, () => one));

const messageOf = (schema: DescMessage, known: readonly string[]): fc.Arbitrary<unknown> =>
  fc.option(fc.record(valuesOf(schema, known), { requiredKeys: [] }), { nil: undefined });

/** The numbers of the contract, and others. */
const enumOf = (values: readonly { readonly number: number }[]) =>
  fc.oneof(fc.constantFrom(...values.map(({ number }) => number)), fc.integer());

function scalarOf(scalar: ScalarType, known: readonly string[]): fc.Arbitrary<unknown> {
  switch (scalar) {
    case ScalarType.STRING:
      return anyText(known);
    case ScalarType.BYTES:
      return fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 32, maxLength: 32 }));
    case ScalarType.BOOL:
      return fc.boolean();
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return fc.float();
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return fc.nat(2 ** 32 - 1);
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
      return fc.oneof(fc.bigInt({ min: -MAX_INT64 - 1n, max: MAX_INT64 }), fc.bigInt({ min: -62_135_596_800n, max: 253_402_300_800n }));
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return fc.oneof(fc.integer(), fc.integer({ min: -1, max: 2_001 }));
  }
}

/** A change of encoded bytes. */
interface ByteChange {
  readonly kind: 'cut' | 'flip' | 'insert' | 'repeat';
  /** The place, as a share of the bytes. */
  readonly at: number;
  readonly bytes: Uint8Array;
}

const BYTE_CHANGE: fc.Arbitrary<ByteChange> = fc.record({
  kind: fc.constantFrom('cut', 'flip', 'insert', 'repeat'),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 12 }),
});

function changed(encoded: Uint8Array, { kind, at, bytes }: ByteChange): Uint8Array {
  const place = Math.floor(at * encoded.length);
  const [before, after] = [encoded.subarray(0, place), encoded.subarray(place)];
  switch (kind) {
    case 'cut':
      return before;
    case 'flip':
      return Buffer.concat([before, after.map((byte, index) => (index === 0 ? byte ^ (bytes[0] ?? 1) : byte))]);
    case 'insert':
      return Buffer.concat([before, bytes, after]);
    case 'repeat':
      return Buffer.concat([before, after, encoded]);
  }
}
