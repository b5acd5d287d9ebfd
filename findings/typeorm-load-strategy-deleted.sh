#!/usr/bin/env bash
# With `relationLoadStrategy: 'query'`, TypeORM finds a soft-deleted row without its relations
#
# Packages: typeorm 1.1.1, sql.js 1.17.0
# Expected: `relationLoadStrategy` says how relations are loaded, by joins or by separate queries, and queries are better "if you are
#           loading too much data with nested joins" (find-options/FindOneOptions.d.ts). `find({ withDeleted: true, relations })`
#           returns the same rows either way.
# Seen:     With `join`, a soft-deleted post has its author, and the author has the post. With `query`, `find` returns the post, but
#           its author is null, although the author is not deleted, and the author's list lacks the post. TypeORM selects the
#           authors with the deleted posts. Then query-builder/RelationIdLoader.js assigns them to the posts by a further query,
#           which has `deletedAt IS NULL`.
# Matters:  A page of deleted items, or code that restores or erases them, takes a missing relation for none. The option can be set
#           for a whole DataSource, so a change for speed changes results. Set `join` for each `find` with `withDeleted`.
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
const Author = new EntitySchema({
  name: 'Author',
  columns: { id, name: { type: String } },
  relations: { posts: { type: 'one-to-many', target: 'Post', inverseSide: 'author' } },
});
const Post = new EntitySchema({
  name: 'Post',
  columns: { id, title: { type: String }, deletedAt: { type: 'datetime', deleteDate: true, nullable: true } },
  relations: { author: { type: 'many-to-one', target: 'Author', joinColumn: true, inverseSide: 'posts' } },
});
const statements = [];
const logger = { logQuery: (sql) => statements.push(sql), log() {}, logQueryError() {}, logQuerySlow() {}, logSchemaBuild() {}, logMigration() {} };
const source = new DataSource({ type: 'sqljs', entities: [Author, Post], synchronize: true, logging: ['query'], logger });
await source.initialize();
const [authors, posts] = [source.getRepository(Author), source.getRepository(Post)];
const author = await authors.save({ name: 'Ada' });
await posts.save([
  { title: 'kept', author },
  { title: 'deleted', author },
]);
await posts.softDelete({ title: 'deleted' });

const found = {};
for (const relationLoadStrategy of ['join', 'query']) {
  const options = { withDeleted: true, relationLoadStrategy };
  const [{ posts: listed }] = await authors.find({ ...options, relations: { posts: true } });
  statements.splice(0);
  const all = await posts.find({ ...options, relations: { author: true }, order: { id: 'ASC' } });
  found[relationLoadStrategy] = {
    'authors of the posts': all.map((post) => `${post.title}: ${post.author?.name ?? null}`).join(', '),
    'posts of the author': listed.map(({ title }) => title).sort().join(', '),
  };
}
const last = statements.at(-1);
await source.destroy();

console.log(found);
console.log(`Last statement: ${last}`);
const same =
  found.join['authors of the posts'] === 'kept: Ada, deleted: Ada' &&
  found.join['posts of the author'] === 'deleted, kept' &&
  found.query['authors of the posts'] === 'kept: Ada, deleted: null' &&
  found.query['posts of the author'] === 'kept' &&
  last.includes('IS NULL');
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
