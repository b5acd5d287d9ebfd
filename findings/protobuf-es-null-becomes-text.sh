#!/usr/bin/env bash
# protobuf-es writes the text "null" or "undefined" for a string field that holds no string
#
# Packages: @bufbuild/protobuf 2.17.0, @bufbuild/protoc-gen-es 2.17.0, @bufbuild/buf 1.74.0
# Expected: `toBinary` throws, as `toJson` does for the same message and as `toBinary` does for the other types. Version 1.8
#           added such checks "to avoid undefined behavior that can possibly lead to data corruption"
#           (https://github.com/bufbuild/protobuf-es/pull/848).
# Seen:     `toBinary` writes `null` as "null", an absent element of a list as "undefined", and the text "false" in a bool
#           field as true. `create` skips `null` in a field, but not in a list or in a oneof.
# Matters:  Rows from an ORM hold `null`, often behind a type assertion. A user without a display name then has the name
#           "null" in every other service, and an empty role in a list becomes the role "undefined". No check fails.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' >package.json
npm install --no-audit --no-fund --loglevel=error --save-exact @bufbuild/protobuf@2.17.0 @bufbuild/protoc-gen-es@2.17.0 \
  @bufbuild/buf@1.74.0 >/dev/null

cat >user.proto <<'PROTO'
syntax = "proto3";
package probe.v1;
message User {
  string name = 1;
  optional string nickname = 2;
  repeated string roles = 3;
  bool suspended = 4;
  int32 reputation = 5;
  oneof contact {
    string email = 6;
    string phone = 7;
  }
}
PROTO
cat >buf.gen.yaml <<'YAML'
version: v2
plugins:
  - local: node_modules/.bin/protoc-gen-es
    out: gen
    opt: target=js
YAML
echo 'version: v2' >buf.yaml
node_modules/.bin/buf generate --path user.proto

cat >probe.js <<'JS'
import { create, fromBinary, toBinary, toJson } from '@bufbuild/protobuf';
import { UserSchema } from './gen/user_pb.js';

const attempt = (write) => {
  try {
    return write();
  } catch (error) {
    return `throws: ${error.message}`;
  }
};
const assigned = (field, value) => {
  const user = create(UserSchema);
  user[field] = value;
  return user;
};
const received = (user, field) => attempt(() => fromBinary(UserSchema, toBinary(UserSchema, user))[field]);
const seen = {
  'name = null': received(assigned('name', null), 'name'),
  'name = undefined': received(assigned('name', undefined), 'name'),
  'nickname = null': received(assigned('nickname', null), 'nickname'),
  'create with name: null': received(create(UserSchema, { name: null }), 'name'),
  'create with roles: [undefined]': received(create(UserSchema, { roles: [undefined] }), 'roles'),
  'create with contact email: null': received(create(UserSchema, { contact: { case: 'email', value: null } }), 'contact'),
  'suspended = "false"': received(assigned('suspended', 'false'), 'suspended'),
  'reputation = null': received(assigned('reputation', null), 'reputation'),
};
const json = attempt(() => toJson(UserSchema, assigned('name', null)));

console.log('What the receiver reads after toBinary and fromBinary:');
for (const [written, read] of Object.entries(seen)) console.log(`  ${written}:`, JSON.stringify(read));
console.log('toJson with name = null:', json);
const same =
  seen['name = null'] === 'null' &&
  seen['name = undefined'] === 'undefined' &&
  seen['nickname = null'] === 'null' &&
  seen['create with name: null'] === '' &&
  seen['create with roles: [undefined]'][0] === 'undefined' &&
  seen['create with contact email: null'].value === 'null' &&
  seen['suspended = "false"'] === true &&
  /^throws/.test(seen['reputation = null']) &&
  /^throws/.test(json);
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
