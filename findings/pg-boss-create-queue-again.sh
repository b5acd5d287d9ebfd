#!/usr/bin/env bash
# pg-boss ignores the options of `createQueue` for a queue that exists
#
# Packages: pg-boss 12.34.0, @electric-sql/pglite 0.5.17
# Expected: A service that calls `createQueue` at every start gets the options that it passes, or an error where they differ
#           (`policy` cannot change). https://github.com/timgit/pg-boss/blob/master/docs/api/queues.md says "Creates a queue"
#           and nothing about a queue that exists.
# Seen:     The second `createQueue` resolves and changes nothing: retry, expiry and policy stay as in the first call.
#           `updateQueue` changes the options of jobs sent later; jobs that wait already keep theirs.
# Matters:  A release that raises the retry limit of an outbox works in tests, where the queue is new, and has no effect in
#           production. A switch to the policy `singleton` or `exclusive` leaves duplicates possible. Call `updateQueue`
#           after `createQueue`, and read the policy back with `getQueue`.
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

const settings = ({ policy, retryLimit, expireInSeconds }) => ({ policy, retryLimit, expireInSeconds });
const queue = async () => settings(await boss.getQueue('outbox'));
const job = async (id) => {
  const { retryLimit, expireInSeconds } = await boss.getJobById('outbox', id);
  return { retryLimit, expireInSeconds };
};

await boss.createQueue('outbox', { policy: 'standard', retryLimit: 3, expireInSeconds: 60 });
const first = await queue();
const waiting = await boss.send('outbox', {});
await boss.createQueue('outbox', { policy: 'exclusive', retryLimit: 1_000, expireInSeconds: 5 });
const second = await queue();
const later = await boss.send('outbox', {});
const sent = await job(later);
await boss.updateQueue('outbox', { retryLimit: 1_000, expireInSeconds: 5 });
const updated = await queue();
const old = await job(waiting);

console.log('After createQueue(standard, 3, 60):                ', first);
console.log('After createQueue(exclusive, 1000, 5) of the same: ', second);
console.log('A job sent after it:                               ', sent);
console.log('After updateQueue(1000, 5):                        ', updated);
console.log('A job that was sent before:                        ', old);
const same =
  JSON.stringify(second) === JSON.stringify(first) &&
  second.policy === 'standard' &&
  sent.retryLimit === 3 &&
  updated.retryLimit === 1_000 &&
  old.retryLimit === 3;
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
