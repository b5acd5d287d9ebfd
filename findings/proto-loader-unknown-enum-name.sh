#!/usr/bin/env bash
# proto-loader replaces an unknown enum name by the zero value in a list, and drops it in a field
#
# Packages: @grpc/proto-loader 0.8.1, protobufjs 7.6.6
# Expected: Serialization throws, as it does for a text in a message field and as the JSON mapping of Protobuf does for an
#           unknown name (https://protobuf.dev/programming-guides/json/). Nest serializes the results of gRPC handlers with
#           proto-loader.
# Seen:     A list gets the zero value in place of the unknown name. A field or a map entry disappears, and the receiver reads
#           the zero value. Names differ by case, so "role_moderator" is unknown. Nothing throws, and nothing is logged.
# Matters:  A service with a newer or mistyped role name sends its users another role: the list of roles keeps its length, so
#           the receiver sees one role too many. Name the zero value `ROLE_UNSPECIFIED`, and check names before you answer.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' >package.json
npm install --no-audit --no-fund --loglevel=error --save-exact @grpc/proto-loader@0.8.1 protobufjs@7.6.6 >/dev/null

cat >probe.proto <<'PROTO'
syntax = "proto3";
package probe;
enum Role {
  ROLE_MEMBER = 0;
  ROLE_MODERATOR = 1;
}
message Profile {}
message User {
  Role role = 1;
  repeated Role roles = 2;
  map<string, Role> role_by_group = 3;
  Profile profile = 4;
}
service Users { rpc Get(User) returns (User); }
PROTO

cat >probe.js <<'JS'
import { loadSync } from '@grpc/proto-loader';

const { Get } = loadSync('probe.proto', { enums: String, defaults: true })['probe.Users'];
const received = (user, field) => {
  try {
    return JSON.stringify(Get.requestDeserialize(Get.requestSerialize(user))[field]);
  } catch (error) {
    return `throws: ${error.message}`;
  }
};
const seen = {
  "role: 'ROLE_MODERATOR'": received({ role: 'ROLE_MODERATOR' }, 'role'),
  "role: 'role_moderator'": received({ role: 'role_moderator' }, 'role'),
  "roles: ['ROLE_MODERATOR', 'ROLE_AUDITOR']": received({ roles: ['ROLE_MODERATOR', 'ROLE_AUDITOR'] }, 'roles'),
  "roles: ['role_moderator']": received({ roles: ['role_moderator'] }, 'roles'),
  "roleByGroup: { cats: 'ROLE_AUDITOR' }": received({ roleByGroup: { cats: 'ROLE_AUDITOR' } }, 'roleByGroup'),
  "profile: 'a text'": received({ profile: 'a text' }, 'profile'),
};
console.log('What the receiver reads:');
for (const [written, read] of Object.entries(seen)) console.log(`  ${written}: ${read}`);
const same =
  Object.values(seen).slice(0, 5).join(';') ===
    '"ROLE_MODERATOR";"ROLE_MEMBER";["ROLE_MODERATOR","ROLE_MEMBER"];["ROLE_MEMBER"];{}' && /^throws/.test(Object.values(seen)[5]);
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
