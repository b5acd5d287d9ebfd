#!/usr/bin/env bash
# pg-boss deletes dead letters that it cannot redrive
#
# Packages: pg-boss 12.34.0, @electric-sql/pglite 0.5.17
# Expected: `redrive()` "moves jobs out of a dead letter queue and re-creates them as fresh jobs on their original source queue" and
#           returns the number of jobs moved (docs/api/jobs.md of https://github.com/timgit/pg-boss). A job that the policy of its
#           queue does not admit yet stays in the dead letter queue, where the next call finds it.
# Seen:     Three jobs that failed one after another become three dead letters. If their queue has the policy `short`, `stately` or
#           `exclusive`, `redrive()` returns 1 and the dead letter queue is empty: the other two are gone. `redriveJobs` in
#           dist/plans.js deletes the dead letters and inserts the jobs with ON CONFLICT DO NOTHING in one statement.
# Matters:  The queues with these policies keep duplicates out, so their dead letters differ in time or data, not in key. The loop
#           `do { moved = await boss.redrive(queue) } while (moved > 0)` of the documentation ends without an error and loses all jobs
#           but one for each key. Redrive such a queue with `limit: 1` and let each job end before the next call.
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

const COUNT = 3;
/** Fails jobs of a queue until they are dead letters, redrives them, and counts the jobs before and after. */
async function redriven(policy) {
  const [queue, letters] = [policy, `${policy}_letters`];
  await boss.createQueue(letters);
  await boss.createQueue(queue, { policy, deadLetter: letters, retryLimit: 0 });
  for (let number = 0; number < COUNT; number += 1) {
    await boss.send(queue, { number });
    const [job] = await boss.fetch(queue);
    await boss.fail(queue, job.id);
  }
  const before = (await boss.findJobs(letters)).length;
  const returned = await boss.redrive(letters);
  const left = (await boss.findJobs(letters)).length;
  const created = (await boss.findJobs(queue, { queued: true })).length;
  return { before, returned, left, created, lost: before - left - created };
}
const seen = {};
for (const policy of ['standard', 'singleton', 'short', 'stately', 'exclusive']) seen[policy] = await redriven(policy);

console.table(seen);
const lost = Object.values(seen).map((counts) => counts.lost);
const same = Object.values(seen).every(({ before }) => before === COUNT) && String(lost) === '0,0,2,2,2';
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
