import { SERVICES } from '@reputable/contracts/registry';
import { writeDuration } from './claim-page.ts';
import { type Figures, readFigures } from './figures.ts';
import type { BenchOptions } from './options.ts';
import { fillRegions } from './page.ts';
import { POSTGRES } from './sample.ts';
import { limitsOf } from './scaling/limits.ts';
import { type Need, needOf } from './scaling/model.ts';
import { figure, table } from './table.ts';

const PAGE = 'docs/scaling.md';

/** The loads, in requests a second. */
const LOADS = [1, 100, 10_000] as const;

/** Prints what larger systems need, by a model of the measured figures. */
export async function run({ write = false }: BenchOptions): Promise<void> {
  const { figures, measured } = await readFigures();
  const inputs = [...Map.groupBy(Object.entries(measured), ([, when]) => when)]
    .map(([when, names]) => `${names.map(([name]) => name).join(', ')}: ${when}`)
    .join('; ');
  const need = `Measured figures: ${inputs}.\n\n${await needTable(figures)}`;
  const limits = await limitTable(figures);
  console.log(`${need}\n${limits}`);
  if (!write) return;
  await fillRegions(PAGE, { need, limits });
  await writeDuration('scaling');
  console.log(`${PAGE} is written.`);
}

/** What each load needs, with a balancer that keeps a session at one gateway, and at the highest load also without. */
function needTable(figures: Figures): Promise<string> {
  const needs = LOADS.map((load) => needOf(figures, load, true));
  const loose = needOf(figures, LOADS[2], false);
  const columns = [...needs, loose];
  const row = (name: string, valueOf: (need: Need) => number, decimals = 0) => [
    name,
    ...columns.map((need) => figure(valueOf(need), valueOf(need) < 10 ? decimals : 0)),
  ];
  return table(
    ['', ...needs.map(({ requests }) => `${figure(requests)} requests/s`), `${figure(loose.requests)}, sessions at any gateway`],
    [
      row('users', ({ users }) => users),
      row('sessions in use', ({ sessionsInUse }) => sessionsInUse),
      row('exchanges/s at auth', ({ exchanges }) => exchanges, 1),
      row('cores', ({ cores }) => Object.values(cores).reduce((sum, each) => sum + each, 0), 2),
      ...[...SERVICES, POSTGRES].map((name) => row(`– ${name}`, ({ cores }) => cores[name] ?? NaN, 2)),
      row('processes', ({ replicas }) => Object.values(replicas).reduce((sum, each) => sum + each, 0)),
      ...SERVICES.map((name) => row(`– ${name}`, ({ replicas }) => replicas[name] ?? NaN)),
      row('memory of the services, GB', ({ memoryMb }) => memoryMb / 1024, 1),
      row('connections between services', ({ connections }) => connections),
      row('connections to PostgreSQL', ({ postgresConnections }) => postgresConnections),
      row('rows with indexes, GB', ({ storageGb }) => storageGb, 1),
      row('bytes written by services, MB/s', ({ bytesPerSecond }) => bytesPerSecond / 2 ** 20, 2),
      row('revocations/s', ({ revocations }) => revocations, 2),
      row('revoked ids in each process', ({ revokedIds }) => revokedIds),
      row('messages of the revocation stream/s', ({ deliveries }) => deliveries, 1),
    ],
  );
}

/** What breaks first. */
const limitTable = (figures: Figures): Promise<string> =>
  table(
    ['full', 'from, requests/s', 'measured', 'then'],
    limitsOf(figures).map(({ what, at, figure: measured, then }) => [what, figure(Number(at.toPrecision(2))), measured, then]),
  );
