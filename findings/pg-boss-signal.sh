#!/usr/bin/env bash
# pg-boss aborts the signal of each job that ends well, and not that of a job that is cancelled
#
# Packages: pg-boss 12.34.0, @electric-sql/pglite 0.5.17
# Expected: `job.signal` is an AbortSignal for the work of the handler, for example for `fetch(url, { signal: job.signal })`
#           (docs/api/workers.md of https://github.com/timgit/pg-boss). It is aborted if the handler shall stop: the job has expired, or
#           `cancel()` "cancels a pending or active job" (docs/api/jobs.md).
# Seen:     A handler that returns in time has its signal aborted right after, with an AbortError as reason. A handler whose job is
#           cancelled runs to its end with a signal that is not aborted, and its result is dropped. `resolveWithinSeconds` in
#           dist/tools.js uses the one controller for the timer of the expiry as well, and aborts that when the handler is done.
# Matters:  What a handler starts and does not await, such as an audit record or the rest of a stream, is aborted for each successful
#           job. A listener that counts or logs aborted jobs counts all of them. Derive a controller of your own, and poll
#           `findJobs` in a long job that shall be cancellable.
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

const seconds = (count) => new Promise((resolve) => setTimeout(resolve, count * 1000));

/** Runs one job for a second, calls `during` while it runs, and returns what its handler saw. */
async function run(queue, during) {
  await boss.createQueue(queue);
  const id = await boss.send(queue, {});
  const seen = { abortedAtEnd: undefined, abortedLater: false, reason: undefined, state: undefined };
  const ended = new Promise((resolve) => {
    void boss.work(queue, { pollingIntervalSeconds: 0.5 }, async ([{ signal }]) => {
      signal.addEventListener('abort', () => Object.assign(seen, { abortedLater: true, reason: signal.reason.name }));
      await during(id);
      await seconds(1);
      seen.abortedAtEnd = signal.aborted;
      resolve();
    });
  });
  await ended;
  await seconds(1);
  await boss.offWork(queue);
  seen.state = (await boss.findJobs(queue, { id }))[0].state;
  return seen;
}
const success = await run('success', async () => {});
const cancelled = await run('cancelled', (id) => boss.cancel('cancelled', id));

console.log('A handler returns in time:       ', success);
console.log('Its job is cancelled meanwhile:  ', cancelled);
const same =
  success.state === 'completed' && !success.abortedAtEnd && success.abortedLater && cancelled.state === 'cancelled' && !cancelled.abortedAtEnd;
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
