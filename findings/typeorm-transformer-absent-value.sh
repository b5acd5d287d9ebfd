#!/usr/bin/env bash
# TypeORM passes `undefined` through a column's transformer on insert, and what comes back replaces the column's default
#
# Packages: typeorm 1.1.1, sql.js 1.17.0
# Expected: A column that an inserted object leaves out gets the default of the database. Its transformer, which "is used to
#           (un)marshal this property" (https://typeorm.io/docs/entities), has nothing to convert.
# Seen:     `insert`, `save` and the query builder call `to(undefined)` for each column left out. If the transformer returns
#           anything but undefined for it, that value is written and the default is lost. `update` does not call it for
#           columns left out.
# Matters:  The transformer that reads naturally, `to: (tags) => tags.join(',')` or `to: (euros) => String(euros)`, throws on
#           insert or writes the text `undefined`, though tests that set every column pass. Let `to` return undefined for
#           undefined.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' >package.json
npm install --no-audit --no-fund --loglevel=error --save-exact typeorm@1.1.1 sql.js@1.17.0 reflect-metadata@0.2.2 >/dev/null

cat >probe.js <<'JS'
import 'reflect-metadata';
import { DataSource, EntitySchema } from 'typeorm';

const asked = [];
const price = {
  to: (euros) => {
    asked.push(euros);
    return `EUR ${euros}`;
  },
  from: (text) => text,
};
const Ticket = new EntitySchema({
  name: 'Ticket',
  columns: {
    id: { type: Number, primary: true, generated: true },
    place: { type: String },
    plain: { type: String, default: 'EUR 10' },
    price: { type: String, default: 'EUR 10', transformer: price },
  },
});
const source = await new DataSource({ type: 'sqljs', entities: [Ticket], synchronize: true }).initialize();
const tickets = source.getRepository(Ticket);
await tickets.insert({ place: 'insert' });
await tickets.save({ place: 'save' });
await tickets.createQueryBuilder().insert().values({ place: 'query builder' }).execute();
const onInsert = asked.splice(0);
await tickets.update({ place: 'insert' }, { plain: 'EUR 12' });
const onUpdate = asked.splice(0);
const rows = await source.query('SELECT place, plain, price FROM ticket ORDER BY id');
await source.destroy();

for (const { place, plain, price: written } of rows) {
  console.log(`${place}: the column without a transformer has ${plain}, the one with a transformer ${written}`);
}
console.log(`to() was called with ${onInsert.map(String).join(', ')} by the inserts, ${onUpdate.length} times by the update`);
const same = rows.every(({ price: written }) => written === 'EUR undefined') && rows[1].plain === 'EUR 10' && onUpdate.length === 0;
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
