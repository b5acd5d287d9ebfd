#!/usr/bin/env bash
# pg-boss does not process the jobs of a group in order if `groupConcurrency` is 1 and the batch is larger
#
# Packages: pg-boss 12.34.0, @electric-sql/pglite 0.5.17
# Expected: With `groupConcurrency: 1` the jobs of a group run one at a time, the oldest first: the option limits "how many jobs from
#           the same group can be processed simultaneously" (docs/api/jobs.md of https://github.com/timgit/pg-boss), and jobs are
#           fetched in the order they were created.
# Seen:     With a batch size of 10, each fetch gives one job of the group, but any of its ten oldest. The statement of
#           `fetchNextJob` in dist/plans.js chooses the ten oldest jobs and numbers those of a group by
#           `ROW_NUMBER() OVER (PARTITION BY t.group_id ORDER BY t.id)`, and the id is a random uuid. With a batch size of 1, or
#           with the queue policy `key_strict_fifo` and a `singletonKey` instead of the group, they come in order.
# Matters:  One job at a time for each tenant or account looks like a way to keep its events in order. With a larger batch, which is
#           meant to save round trips, the last event of an account can run first and the first one last.
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
const expected = Array.from({ length: JOBS }, (_, number) => number).join(', ');
/** Sends numbers, and returns them in the order in which a worker that completes each fetch gets them. */
const processed = async (queue, { policy = 'standard', job, fetch }) => {
  await boss.createQueue(queue, { policy });
  for (let number = 0; number < JOBS; number += 1) await boss.send(queue, { number }, job);
  const numbers = [];
  let fetches = 0;
  while (numbers.length < JOBS) {
    const jobs = await boss.fetch(queue, fetch);
    fetches += 1;
    numbers.push(...jobs.map(({ data }) => data.number));
    await boss.complete(queue, jobs.map(({ id }) => id));
  }
  return { fetches, order: numbers.join(', ') };
};
const group = { id: 'account' };
const batches = [];
for (let round = 0; round < 5; round += 1) {
  batches.push(await processed(`batch-${round}`, { job: { group }, fetch: { batchSize: JOBS, groupConcurrency: 1 } }));
}
const single = await processed('single', { job: { group }, fetch: { batchSize: 1, groupConcurrency: 1 } });
const strict = await processed('strict', { policy: 'key_strict_fifo', job: { singletonKey: 'account' }, fetch: { batchSize: JOBS } });

console.log('Group, batch size 1:           ', single);
console.log('key_strict_fifo, batch size 10:', strict);
for (const batch of batches) console.log('Group, batch size 10:          ', batch);
const same =
  [single, strict].every(({ fetches, order }) => fetches === JOBS && order === expected) &&
  batches.every(({ fetches }) => fetches === JOBS) &&
  batches.filter(({ order }) => order !== expected).length >= 4;
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
