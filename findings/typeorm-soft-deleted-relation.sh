#!/usr/bin/env bash
# In TypeORM the same `where` finds no rows and deletes two, once the related row is soft-deleted
#
# Packages: typeorm 1.1.1, sql.js 1.17.0
# Expected: `where: { author: { id } }` compares the foreign key of the row, whatever the state of the author, and selects the
#           same rows in every method. https://typeorm.io/docs/working-with-entity-manager/find-options describes `withDeleted`
#           for the entities that `find` returns, not for related entities in `where`.
# Seen:     `find`, `count` and `exists` join the author and add `deletedAt IS NULL` to the join, although the foreign key
#           suffices. They find nothing for a soft-deleted author. `update`, `delete` and the query builder compare the
#           foreign key and affect all rows of that author.
# Matters:  A job that erases or exports what a closed account wrote finds nothing and reports success. A check before a
#           `delete` ("does this account still own posts?") says no, and the `delete` removes the posts. Map the foreign
#           key as a column and compare that.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' >package.json
npm install --no-audit --no-fund --loglevel=error --save-exact typeorm@1.1.1 sql.js@1.17.0 reflect-metadata@0.2.2 >/dev/null

cat >probe.js <<'JS'
import 'reflect-metadata';
import { DataSource, EntitySchema } from 'typeorm';

const id = { type: Number, primary: true, generated: true };
const User = new EntitySchema({
  name: 'User',
  columns: { id, deletedAt: { type: Date, deleteDate: true, nullable: true } },
});
const Post = new EntitySchema({
  name: 'Post',
  columns: { id, title: { type: String }, authorId: { type: Number, nullable: true } },
  relations: { author: { type: 'many-to-one', target: 'User', nullable: true, joinColumn: { name: 'authorId' } } },
});
const source = await new DataSource({ type: 'sqljs', entities: [User, Post], synchronize: true }).initialize();
const users = source.getRepository(User);
const posts = source.getRepository(Post);
const author = await users.save({});
await posts.save([
  { title: 'first', author },
  { title: 'second', author },
]);

const where = { author: { id: author.id } };
const before = await posts.countBy(where);
await users.softDelete(author.id);
const seen = {
  'countBy': await posts.countBy(where),
  'find': (await posts.find({ where })).length,
  'existsBy': await posts.existsBy(where),
  'query builder': await posts.createQueryBuilder('post').where(where).getCount(),
  'countBy({ authorId })': await posts.countBy({ authorId: author.id }),
  'update': (await posts.update(where, { title: 'changed' })).affected,
  'delete': (await posts.delete(where)).affected,
};
await source.destroy();

console.log(`where: { author: { id } } counts ${before} posts before the author is soft-deleted. After it:`);
for (const [method, rows] of Object.entries(seen)) console.log(`  ${method}: ${rows}`);
const same = before === 2 && String(Object.values(seen)) === '0,0,false,2,2,2,2';
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
