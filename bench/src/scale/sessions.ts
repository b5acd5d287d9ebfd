import { query } from '@reputable/testing';
import { type ByProcess, saveFigures } from '../figures.ts';
import { insertSessions } from '../sessions.ts';
import { reputableSide } from '../side.ts';
import { figure } from '../table.ts';
import { type Axis, cpuAt, type Duration } from './axis.ts';
import { firstRequests } from './first-requests.ts';
import { heapsOf, perEach, type ScaleSystem, withSystem } from './scale-system.ts';

/** The number of live sessions at the end. */
const MANY = 100_000;

/** The number of sessions that send their first request at each size. */
const USED = 2_000;

/** The processes that keep something for a session in use. */
const KEEPERS = ['gateway', 'user', 'post', 'comment'];

/** The cost with one live session, then with 100,000; and that of the first request of a session. */
export const sessions = (duration: Duration, write: boolean): Promise<Axis> =>
  withSystem(async ({ system, person }) => {
    const side = reputableSide(system, person);
    const one = await cpuAt(side, ['flat', 'nested'], duration);
    await firstRequests(system, await insertSessions(system, person, USED / 4));
    const early = await firstRequests(system, await insertSessions(system, person, USED));
    const before = await databaseBytes(system);
    const rest = await insertSessions(system, person, MANY - USED);
    const rowBytes = ((await databaseBytes(system)) - before) / rest.length;
    const many = await cpuAt(side, ['flat', 'nested'], duration);
    const heaps = await heapsOf(system);
    const late = await firstRequests(system, rest.slice(0, USED));
    const bytes = pick(perEach(heaps, await heapsOf(system), USED), KEEPERS);
    const exchangeCpuUs = perEach(many.nested ?? {}, late, 1);
    if (write) await saveFigures('sessions', { exchangeCpuUs, bytes, rowBytes });
    return {
      points: [
        { size: '1 live session', cpuUs: { ...one, 'nested, first of a session': early } },
        { size: `${figure(MANY)} live sessions`, cpuUs: { ...many, 'nested, first of a session': late } },
      ],
      further: [
        ...Object.entries(bytes).map(([name, each]) => [`memory of ${name} for a session in use`, `${figure(each)} bytes`] as const),
        ['a session in the database, with its account and token', `${figure(rowBytes)} bytes`],
      ],
    };
  });

const pick = (figures: ByProcess, names: readonly string[]): ByProcess =>
  Object.fromEntries(names.map((name) => [name, figures[name] ?? NaN]));

/** The size of auth's database, in bytes. */
async function databaseBytes({ databaseUrl }: ScaleSystem['system']): Promise<number> {
  const [row] = await query<{ bytes: string }>(databaseUrl('auth'), 'SELECT pg_database_size(current_database()) AS bytes');
  return Number(row?.bytes);
}
