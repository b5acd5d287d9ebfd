#!/usr/bin/env bash
# TypeORM sets a row's version back when an entity is saved that was read before the last change
#
# Packages: typeorm 1.1.1, sql.js 1.17.0
# Expected: "`@VersionColumn` is a special column that is automatically set to the version of the entity (incremental number) each time
#           you call `save`" (https://typeorm.io/docs/entity/entities). `save` does not compare versions, so of two changes the later
#           one wins, and the version grows with both. Whoever reads with `lock: { mode: 'optimistic', version }` notices.
# Seen:     Two entities are read at version 1. The `save` of the first makes the row version 2. The `save` of the second writes
#           `"version" = 1`: `save` compares the entity with the row, finds another version, and stores that of the entity like any
#           changed column. An optimistic lock at version 1 passes, though the row has changed twice.
# Matters:  The row has lost the first change, and the check that should detect that does not. An ETag or a cache key made from the
#           version stands for two contents. Change rows by `update()` with the version in its criteria, or read again before
#           `save`.
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
    id: { type: Number, primary: true, generated: true },
    title: { type: String },
    score: { type: Number },
    version: { type: Number, version: true },
  },
});
const source = await new DataSource({ type: 'sqljs', entities: [Post], synchronize: true }).initialize();
const posts = source.getRepository(Post);
const { id } = await posts.save({ title: 'draft', score: 0 });

const first = await posts.findOneByOrFail({ id });
const second = await posts.findOneByOrFail({ id });
const reader = await posts.findOneByOrFail({ id });
const versions = [reader.version];
first.title = 'final';
await posts.save(first);
versions.push((await posts.findOneByOrFail({ id })).version);
second.score = 5;
await posts.save(second);
const row = await posts.findOneByOrFail({ id });
versions.push(row.version);
const lock = await source.transaction((manager) =>
  manager.findOne(Post, { where: { id }, lock: { mode: 'optimistic', version: reader.version } }).then(
    () => 'passes',
    (error) => error.name,
  ),
);
await source.destroy();

console.log(`The version after the insert and the two saves: ${versions.join(', ')}`);
console.log('The row:', row);
console.log(`An optimistic lock at version ${reader.version}: ${lock}`);
const same = String(versions) === '1,2,1' && row.title === 'draft' && row.score === 5 && lock === 'passes';
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
