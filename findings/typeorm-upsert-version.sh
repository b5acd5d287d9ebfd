#!/usr/bin/env bash
# TypeORM's `upsert` does not increment the version that its documentation increments
#
# Packages: typeorm 1.1.1, sql.js 1.17.0
# Expected: "When an upsert operation results in an update (due to a conflict), special columns like `@UpdateDateColumn` and
#           `@VersionColumn` are automatically updated to their current values", by `version = version + 1`
#           (https://typeorm.io/docs/working-with-entity-manager/repository-api).
# Seen:     The row changes and its version stays. `update`, `increment`, `softDelete` and `restore` do increment it. PostgreSQL with the
#           same version of TypeORM shows the same; its statement sets the update date and not the version.
# Matters:  An optimistic lock at the version that was read before the `upsert` passes, and so does an `update` with the version in
#           its criteria: the second writer overwrites the first without an error. Use `update`, and `insert` if it affects no row.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' >package.json
npm install --no-audit --no-fund --loglevel=error --save-exact typeorm@1.1.1 sql.js@1.17.0 reflect-metadata@0.2.2 >/dev/null

cat >probe.js <<'JS'
import 'reflect-metadata';
import { DataSource, EntitySchema } from 'typeorm';

const Post = new EntitySchema({
  name: 'Post',
  columns: {
    key: { type: String, primary: true },
    title: { type: String },
    score: { type: Number, default: 0 },
    version: { type: Number, version: true },
    deletedAt: { type: Date, deleteDate: true, nullable: true },
  },
});
const source = await new DataSource({ type: 'sqljs', entities: [Post], synchronize: true }).initialize();
const posts = source.getRepository(Post);
await posts.insert({ key: 'a', title: 'draft' });

const current = () => posts.findOneOrFail({ where: { key: 'a' }, withDeleted: true });
const steps = {
  upsert: () => posts.upsert({ key: 'a', title: 'first upsert' }, ['key']),
  'upsert again': () => posts.upsert({ key: 'a', title: 'second upsert' }, ['key']),
  update: () => posts.update({ key: 'a' }, { title: 'update' }),
  increment: () => posts.increment({ key: 'a' }, 'score', 1),
  softDelete: () => posts.softDelete({ key: 'a' }),
  restore: () => posts.restore({ key: 'a' }),
};
const seen = { insert: await current() };
for (const [step, run] of Object.entries(steps)) {
  await run();
  seen[step] = await current();
}
await source.destroy();

for (const [step, { title, version }] of Object.entries(seen)) console.log(`after ${step}: title ${title}, version ${version}`);
const versions = Object.values(seen).map(({ version }) => version);
const same = String(versions) === '1,1,1,2,3,4,5' && seen['upsert again'].title === 'second upsert';
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
