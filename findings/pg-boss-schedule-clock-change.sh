#!/usr/bin/env bash
# pg-boss runs a nightly job twice or not at all when the clocks change, unlike its own preview
#
# Packages: pg-boss 12.34.0, cron-parser 5.10.6, @electric-sql/pglite 0.5.17
# Expected: A schedule `30 2 * * *` with `tz: 'Europe/Berlin'` runs once a night, at the times that `previewSchedule` lists. The
#           preview reads the expression "the way the cron pass will evaluate it" (a comment in dist/timekeeper.js).
# Seen:     On 25 October 2026 the preview lists 00:30 UTC, and the job runs at 00:30 and at 01:30 UTC: both are 02:30 in Berlin. On
#           28 March 2027 the preview lists 01:30 UTC, and the job does not run: there is no 02:30 in Berlin. `previewSchedule`
#           calls `next()` of cron-parser, and the cron pass calls `prev()` (`readOccurrences` of dist/timekeeper.js). The two
#           disagree: `prev()` finds the repeated hour twice and skips a day without the hour.
# Matters:  A billing run, a report or a deletion at night happens twice on one day of the year and is missed on another, and no
#           warning says so. Schedule in UTC, or at an hour that no change of the clocks touches.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' >package.json
npm install --no-audit --no-fund --loglevel=error --save-exact pg-boss@12.34.0 cron-parser@5.10.6 @electric-sql/pglite@0.5.17 >/dev/null 2>&1

cat >probe.js <<'JS'
import { setTimeout as sleep } from 'node:timers/promises';
import { PGlite } from '@electric-sql/pglite';
import { PgBoss, TestClock } from 'pg-boss';

setTimeout(() => process.exit(2), 55_000).unref();
const CRON = '30 2 * * *';
const TZ = 'Europe/Berlin';
const postgres = new PGlite();
const executeSql = async (text, values = []) => {
  if (values.length > 0) return postgres.query(text, values);
  const results = await postgres.exec(text);
  return results.findLast(({ rows }) => rows.length > 0) ?? { rows: [] };
};
const setSessionStatements = async (statements) => {
  for (const statement of statements) await executeSql(statement);
};
const clock = new TestClock('2026-10-01T00:00:10Z');
const boss = new PgBoss({ db: { executeSql, setSessionStatements }, clock, supervise: false });
boss.on('error', (error) => console.log('error:', error.message));
boss.on('warning', ({ message }) => console.log('warning:', message));
await boss.start();
await boss.createQueue('nightly');
await boss.schedule('nightly', CRON, null, { tz: TZ });

/** Lets the time pass by half minutes. Returns when the job is announced and when it was created, in UTC. */
async function night(from, to) {
  await clock.setTime(from);
  const end = Date.parse(to);
  const minutes = (date) => date.toISOString().slice(11, 16);
  const preview = boss.previewSchedule(CRON, { tz: TZ, from: new Date(from), count: 1 }).filter((date) => date.getTime() < end);
  const jobs = [];
  while (clock.now() < end) {
    await clock.tick(30_000);
    await sleep(5);
    jobs.push(...(await boss.fetch('nightly', { batchSize: 10, includeMetadata: true })));
  }
  return { preview: preview.map(minutes).join(' and '), run: jobs.map(({ createdOn }) => minutes(createdOn)).join(' and ') || 'never' };
}
const usual = await night('2026-10-24T00:25:10Z', '2026-10-24T00:35:10Z');
const autumn = await night('2026-10-25T00:25:10Z', '2026-10-25T01:35:10Z');
const spring = await night('2027-03-28T00:25:10Z', '2027-03-28T01:35:10Z');

console.log('24 October 2026, UTC:', usual);
console.log('25 October 2026, UTC:', autumn);
console.log('28 March 2027, UTC:  ', spring);
const is = (found, preview, run) => found.preview === preview && found.run === run;
const same = is(usual, '00:30', '00:30') && is(autumn, '00:30', '00:30 and 01:30') && is(spring, '01:30', 'never');
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
