#!/usr/bin/env bash
# In protobuf-es, `mergeFromJson` clears a field for null, but no string, number or boolean of a oneof
#
# Packages: @bufbuild/protobuf 2.17.0
# Expected: null in JSON stands for the default value, for each type of field (https://protobuf.dev/programming-guides/json), within a
#           oneof or not. The documentation of `mergeFromJson` says what lists, maps and messages do, and nothing about null.
# Seen:     null clears a string, an enum and a message outside of a oneof. In a oneof it clears an enum and a message; a string, a
#           number and a boolean keep their value.
# Matters:  A PATCH request that merges its body into the stored message clears `nickname` by null. The same field in
#           `oneof contact { string email; string phone; }` stays, and the response is a success. Clear members of a oneof before
#           the merge.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' >package.json
npm install --no-audit --no-fund --loglevel=error --save-exact @bufbuild/protobuf@2.17.0 >/dev/null

cat >probe.js <<'JS'
import { create, createFileRegistry, fromJson, mergeFromJson, toJson } from '@bufbuild/protobuf';
import {
  Edition,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type as Type,
  FileDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt';

const types = { Text: Type.STRING, Number: Type.INT32, Flag: Type.BOOL, Color: Type.ENUM, Message: Type.MESSAGE };
const names = { Color: '.probe.Color', Message: '.probe.Probe' };
// plainText, plainNumber … and choiceText, choiceNumber …, of which the latter are the members of a oneof.
const fields = ['plain', 'choice'].flatMap((prefix, group) =>
  Object.entries(types).map(([kind, type], index) => ({
    name: `${prefix}${kind}`,
    jsonName: `${prefix}${kind}`,
    number: 1 + group * 10 + index,
    label: FieldDescriptorProto_Label.OPTIONAL,
    type,
    ...(names[kind] && { typeName: names[kind] }),
    ...(prefix === 'choice' && { oneofIndex: 0 }),
  })),
);
const file = create(FileDescriptorProtoSchema, {
  name: 'probe.proto',
  package: 'probe',
  syntax: 'editions',
  edition: Edition.EDITION_2023,
  enumType: [{ name: 'Color', value: [{ name: 'NONE', number: 0 }, { name: 'RED', number: 1 }] }],
  messageType: [{ name: 'Probe', field: fields, oneofDecl: [{ name: 'choice' }] }],
});
const Probe = createFileRegistry(file, () => undefined).getMessage('probe.Probe');

const values = { Text: 'text', Number: 5, Flag: true, Color: 'RED', Message: {} };
const cleared = {};
for (const [kind, value] of Object.entries(values)) {
  cleared[kind] = {};
  for (const prefix of ['plain', 'choice']) {
    const name = `${prefix}${kind}`;
    const message = fromJson(Probe, { [name]: value });
    mergeFromJson(Probe, message, { [name]: null });
    cleared[kind][prefix] = !(name in toJson(Probe, message));
  }
}
console.log('Cleared by null:');
console.table(cleared);
const of = (prefix) => Object.values(cleared).map((row) => row[prefix]);
const same = String(of('plain')) === 'true,true,true,true,true' && String(of('choice')) === 'false,false,false,true,true';
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
