#!/usr/bin/env bash
# protobuf-es keeps undefined values of a closed enum in lists and maps, and writes JSON that it cannot read
#
# Packages: @bufbuild/protobuf 2.17.0
# Expected: A value that a closed enum does not define is absent from the field after parsing, be it singular, repeated or the value of
#           a map entry, and goes to the unknown fields (https://protobuf.dev/programming-guides/enum). "The correct behavior is to put
#           the unknown value into the set of unknown fields", says https://github.com/bufbuild/protobuf-es/pull/1170.
# Seen:     It does so for a singular field. In a list and in a map the undefined value stays. `toJson` writes it as a number, and
#           `fromJson` of the same schema refuses that number.
# Matters:  Each enum of proto2 is closed. Once a newer peer sends a new value in a list, code that trusts the generated type (a
#           `switch` without default, a look-up by value) meets a value that the type excludes, and what was stored or forwarded as
#           JSON cannot be read again. Filter lists by the values of the enum, or make the enum open.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' >package.json
npm install --no-audit --no-fund --loglevel=error --save-exact @bufbuild/protobuf@2.17.0 >/dev/null

cat >probe.js <<'JS'
import { create, createFileRegistry, fromBinary, fromJson, toBinary, toJson } from '@bufbuild/protobuf';
import {
  Edition,
  FeatureSet_EnumType,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  FileDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt';

const enumField = (name, number, label) => ({ name, jsonName: name, number, label, type: Type.ENUM, typeName: '.probe.Color' });
const entry = {
  name: 'ByNameEntry',
  field: [
    { name: 'key', jsonName: 'key', number: 1, label: Label.OPTIONAL, type: Type.STRING },
    enumField('value', 2, Label.OPTIONAL),
  ],
  options: { mapEntry: true },
};
const byName = {
  name: 'byName',
  jsonName: 'byName',
  number: 3,
  label: Label.REPEATED,
  type: Type.MESSAGE,
  typeName: '.probe.Probe.ByNameEntry',
};
/** The schema with the values of its enum. */
const schema = (colors) =>
  createFileRegistry(
    create(FileDescriptorProtoSchema, {
      name: 'probe.proto',
      package: 'probe',
      syntax: 'editions',
      edition: Edition.EDITION_2023,
      enumType: [
        {
          name: 'Color',
          value: colors.map((name, index) => ({ name, number: index + 1 })),
          options: { features: { enumType: FeatureSet_EnumType.CLOSED } },
        },
      ],
      messageType: [
        {
          name: 'Probe',
          field: [enumField('single', 1, Label.OPTIONAL), enumField('list', 2, Label.REPEATED), byName],
          nestedType: [entry],
        },
      ],
    }),
    () => undefined,
  ).getMessage('probe.Probe');
const Newer = schema(['RED', 'GREEN']);
const Older = schema(['RED']);

/** What a peer with the older schema reads from the JSON of a newer message: the field, the unknown fields, and whether its own JSON works. */
function read(json) {
  const message = fromBinary(Older, toBinary(Newer, fromJson(Newer, json)));
  const written = toJson(Older, message);
  let again = 'reads it again';
  try {
    fromJson(Older, written);
  } catch (error) {
    again = error.message;
  }
  return { json: JSON.stringify(written), unknownFields: message.$unknown?.length ?? 0, again };
}
const seen = {
  single: read({ single: 'GREEN' }),
  list: read({ list: ['RED', 'GREEN'] }),
  map: read({ byName: { a: 'GREEN' } }),
};

console.table(seen);
const same =
  seen.single.json === '{}' &&
  seen.single.unknownFields === 1 &&
  seen.list.json === '{"list":["RED",2]}' &&
  seen.map.json === '{"byName":{"a":2}}' &&
  [seen.list, seen.map].every(({ unknownFields, again }) => unknownFields === 0 && again.includes('expected enum probe.Color, got 2'));
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
