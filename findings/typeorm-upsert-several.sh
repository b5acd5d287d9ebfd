#!/usr/bin/env bash
# TypeORM's `upsert` of several entities resets columns that only some of them set
#
# Packages: typeorm 1.1.1, sql.js 1.17.0
# Expected: `upsert` "inserts a new entity or array of entities unless they already exist in which case they are updated instead"
#           (https://typeorm.io/docs/working-with-entity-manager/repository-api). An update leaves a column alone that the entity does
#           not set, as `upsert` does for one entity.
# Seen:     `upsert` of `{ key: 'a', score: 1 }` keeps the title of the row. In one call with `{ key: 'b', title: 'new' }` the title of
#           `a` becomes NULL and the score of `b` becomes 0, the default of the column. The statement overwrites the union of the
#           columns of all entities, and the values left out are those that an insert would have.
# Matters:  The call succeeds and returns no hint. A batch of partial changes, from a queue or from an import, works entity by entity
#           and loses data once two entities of different shape share a call. Group the entities by the columns that they set.
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
    title: { type: String, nullable: true },
    score: { type: Number, default: 0 },
  },
});
// New objects for each call: upsert writes generated values into them.
const changes = () => [
  { key: 'a', score: 1 },
  { key: 'b', title: 'new' },
];
/** Runs `upsert` on a table with two rows and returns them. */
async function rowsAfter(upsert) {
  const source = await new DataSource({ type: 'sqljs', entities: [Post], synchronize: true }).initialize();
  const posts = source.getRepository(Post);
  await posts.insert([
    { key: 'a', title: 'title of a', score: 7 },
    { key: 'b', title: 'title of b', score: 8 },
  ]);
  await upsert(posts);
  const rows = await posts.find({ order: { key: 'ASC' } });
  await source.destroy();
  return rows.map(({ key, title, score }) => `${key}: ${title}, ${score}`).join('; ');
}
const single = await rowsAfter(async (posts) => {
  for (const change of changes()) await posts.upsert(change, ['key']);
});
const together = await rowsAfter((posts) => posts.upsert(changes(), ['key']));

console.log('One upsert for each entity:   ', single);
console.log('One upsert for both entities: ', together);
const same = single === 'a: title of a, 1; b: new, 8' && together === 'a: null, 1; b: new, 0';
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
