#!/usr/bin/env bash
# In pg-boss a dependent job waits for ever if its parent is redriven, or deleted after it is completed
#
# Packages: pg-boss 12.34.0, @electric-sql/pglite 0.5.17
# Expected: A dependent job of `flow()` "won't be eligible for fetching until all parent jobs have completed" (docs/api/jobs.md of
#           https://github.com/timgit/pg-boss). A parent that fails, is redriven from its dead letter queue and completes has
#           completed. So has a parent whose handler deletes it at its end, as docs/api/workers.md shows.
# Seen:     Both dependents stay blocked. `redrive()` creates the parent with a new id, and no dependency names that id. A parent that
#           was deleted before the resolver ran is not found any more. The two dependents are `created` in every list, cannot be
#           fetched, and are deleted without an event when `retentionSeconds` is over.
# Matters:  The usual repair of a failed job, `redrive()`, breaks the flow that it is part of, and nothing reports that. Use `retry()`
#           for a parent, which keeps its id, and let the retention delete completed parents.
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

await boss.createQueue('letters');
await boss.createQueue('parent', { deadLetter: 'letters', retryLimit: 0 });
await boss.createQueue('child');

/** Creates a parent with a dependent job, lets `run` bring the parent to its end, and fetches the dependent. */
async function childAfter(run) {
  const { parent, child } = await boss.flow([
    { ref: 'parent', name: 'parent' },
    { ref: 'child', name: 'child', dependsOn: ['parent'] },
  ]);
  await run(parent);
  await boss.resolveFlow();
  const [fetched] = await boss.fetch('child');
  if (fetched) await boss.complete('child', fetched.id);
  const [{ state, blocked }] = await boss.findJobs('child', { id: child });
  return { fetched: fetched?.id === child, state, blocked };
}
const complete = async () => {
  const [job] = await boss.fetch('parent');
  await boss.complete('parent', job.id);
};
const fail = async () => {
  const [job] = await boss.fetch('parent');
  await boss.fail('parent', job.id);
};
const seen = {
  'completed': await childAfter(complete),
  'failed, retried, completed': await childAfter(async (id) => {
    await fail();
    await boss.retry('parent', id);
    await complete();
    await boss.deleteAllJobs('letters');
  }),
  'failed, redriven, completed': await childAfter(async () => {
    await fail();
    await boss.redrive('letters');
    await complete();
  }),
  'completed, deleted': await childAfter(async (id) => {
    await complete();
    await boss.deleteJob('parent', id);
  }),
};

console.table(seen);
const same = String(Object.values(seen).map(({ fetched }) => fetched)) === 'true,true,false,false';
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
