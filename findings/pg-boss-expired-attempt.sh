#!/usr/bin/env bash
# In pg-boss an attempt that has expired ends the attempt that replaced it
#
# Packages: pg-boss 12.34.0, @electric-sql/pglite 0.5.17
# Expected: An attempt that exceeds `expireInSeconds` "is no longer relevant" (docs/api/queues.md of
#           https://github.com/timgit/pg-boss), and another worker gets the job. `complete()` and `fail()` "reject if the job could not
#           be completed" or "marked as failed" (docs/api/jobs.md), so the old worker learns that its attempt is over.
# Seen:     A job knows its id and its state, not its attempt. `fail()` of the old worker puts the job back into `retry` while the
#           second worker runs it. `complete()` of the second worker then changes nothing and resolves with `affected: 0`, and a third
#           worker gets the job. `complete()` of the old worker completes the job that the second worker runs.
# Matters:  A worker that stalls for longer than the expiry (a paused container, a blocked event loop, a lost connection) and then
#           reports its failure makes a job run again that has succeeded. Check `affected` after each call, and make handlers
#           idempotent.
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

/** Fetches a job, lets the attempt expire, and fetches the same job again. */
async function attemptedTwice(queue) {
  await boss.createQueue(queue, { expireInSeconds: 1, retryLimit: 5 });
  const id = await boss.send(queue, {});
  await boss.fetch(queue);
  await new Promise((resolve) => setTimeout(resolve, 1200));
  await boss.supervise(queue);
  const [second] = await boss.fetch(queue);
  if (second?.id !== id) throw new Error('The job was not fetched a second time.');
  return id;
}
const stateOf = async (queue, id) => (await boss.findJobs(queue, { id }))[0].state;

const failed = await attemptedTwice('late-failure');
const failure = await boss.fail('late-failure', failed, { message: 'first worker' });
const retried = await stateOf('late-failure', failed);
const success = await boss.complete('late-failure', failed, { by: 'second worker' });
const [third] = await boss.fetch('late-failure');
console.log('Both workers have the job; its second attempt is active.');
console.log(`fail() of the first worker: affected ${failure.affected}, the job is now in the state ${retried}.`);
console.log(`complete() of the second worker: affected ${success.affected}.`);
console.log(`A third worker gets ${third?.id === failed ? 'the job' : 'nothing'}.`);

const completed = await attemptedTwice('late-success');
const lateSuccess = await boss.complete('late-success', completed, { by: 'first worker' });
const ended = await stateOf('late-success', completed);
const lost = await boss.complete('late-success', completed, { by: 'second worker' });
console.log(`complete() of the first worker instead: affected ${lateSuccess.affected}, the job is now in the state ${ended}.`);
console.log(`complete() of the second worker: affected ${lost.affected}.`);
const affected = [failure, success, lateSuccess, lost].map((response) => response.affected);
const same = String(affected) === '1,0,1,0' && retried === 'retry' && third?.id === failed && ended === 'completed';
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
