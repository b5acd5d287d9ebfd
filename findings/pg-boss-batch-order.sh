#!/usr/bin/env bash
# pg-boss chooses the jobs of a batch in order, and hands them over in any order
#
# Packages: pg-boss 12.34.0, @electric-sql/pglite 0.5.17
# Expected: `work('queue', { batchSize: 10 }, handler)` and `fetch` give the job with the highest priority first and the others in
#           the order of `send`: "jobs are fetched in the order they were created" (docs/api/jobs.md of
#           https://github.com/timgit/pg-boss, `orderByCreatedOn`).
# Seen:     The ten jobs arrive shuffled, and the one with the highest priority is anywhere. The statement of `fetchNextJob` in
#           dist/plans.js chooses them with ORDER BY in a subquery and then runs UPDATE … RETURNING, which returns the rows in
#           the order of PostgreSQL's join. While the table has no statistics, that is the order of the random ids. With a batch
#           size of 1 the jobs come in order.
# Matters:  A handler that applies a batch in a loop gets an update before its create. Once autovacuum has analyzed a larger table,
#           the same code can get its batches in order, so a test does not show it reliably. Sort each batch: `includeMetadata`
#           adds `priority` and `createdOn`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' >package.json
npm install --no-audit --no-fund --loglevel=error --save-exact pg-boss@12.34.0 @electric-sql/pglite@0.5.17 >/dev/null 2>&1

cat >probe.js <<'JS'
import { PGlite } from '@electric-sql/pglite';
import { PgBoss } from 'pg-boss';

setTimeout(() => process.exit(2), 50_000).unref();
const postgres = new PGlite();
const executeSql = async (text, values = []) => {
  if (values.length > 0) return postgres.query(text, values);
  const results = await postgres.exec(text);
  return results.findLast(({ rows }) => rows.length > 0) ?? { rows: [] };
};
const boss = new PgBoss({ db: { executeSql }, schedule: false, supervise: false });
await boss.start();

const JOBS = 10;
const expected = [JOBS - 1, ...Array.from({ length: JOBS - 1 }, (_, number) => number)].join(', ');
/** Sends numbers, the last one with a higher priority, and returns them as they are fetched. */
const fetched = async (queue, batchSize) => {
  await boss.createQueue(queue);
  for (let number = 0; number < JOBS; number += 1) await boss.send(queue, { number }, { priority: number === JOBS - 1 ? 1 : 0 });
  const numbers = [];
  while (numbers.length < JOBS) numbers.push(...(await boss.fetch(queue, { batchSize })).map(({ data }) => data.number));
  return numbers.join(', ');
};
const batches = [];
for (let round = 0; round < 5; round += 1) batches.push(await fetched(`batch-${round}`, JOBS));
const single = await fetched('single', 1);

console.log(`Expected:        ${expected}`);
console.log(`Batch size 1:    ${single}`);
for (const batch of batches) console.log(`Batch size ${JOBS}:   ${batch}`);
const same = single === expected && batches.filter((batch) => batch !== expected).length >= 4;
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
