import { query } from '@reputable/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { saveFigures } from '../figures.ts';
import { sample } from '../sample.ts';
import { reputableSide } from '../side.ts';
import { figure } from '../table.ts';
import { memoryOf, waitsOf } from '../usage.ts';
import { type Axis, cpuAt, type Duration, type Point } from './axis.ts';
import { withSystem } from './scale-system.ts';

/** The numbers of replicas. The last are stopped first. */
const SIZES = [6, 3, 1] as const;

/** The load for each replica before the measurement, in seconds. */
const WARM_UP_S = 2;

/** The load during which the waits are counted, in seconds. */
const COUNT_S = 1;

/** The time in which the callers connect to all replicas, or notice that some have stopped, in milliseconds. */
const SETTLE_MS = 2_000;

/** The cost with 6, 3 and 1 replicas of post. */
export const replicas = (duration: Duration, write: boolean): Promise<Axis> =>
  withSystem(
    async ({ system, person }) => {
      const names = system.replicas.filter((name) => name.startsWith('post'));
      const side = reputableSide(system, person);
      const points: Point[] = [];
      const waits: string[] = [];
      for (const size of SIZES) {
        await Promise.all(names.slice(size).map((name) => system.kill(name, 'SIGTERM')));
        await sleep(SETTLE_MS);
        // Each of several replicas has a part of the load, so its code is compiled later.
        const cpuUs = await cpuAt(side, ['flat', 'nested'], { ...duration, warmUpSeconds: WARM_UP_S * size });
        const running = names.slice(0, size).map((name) => system.processes[name]?.pid ?? NaN);
        const before = await waitsOf(running);
        const { requests } = await sample(side, 'flat', { duration: COUNT_S });
        waits.push(figure(((await waitsOf(running)) - before) / requests, 2));
        points.push({ size: size === 1 ? '1 replica of post' : `${size} replicas of post`, cpuUs });
      }
      const connections = await connectionsOf(system.databaseUrl('post'));
      if (write) await saveFigures('replicas', { connections });
      const { post } = await memoryOf({ post: system.processes.post });
      return {
        points: points.toReversed(),
        further: [
          [`waits of ${SIZES.join(', ')} replicas for each flat request`, waits.join(', ')],
          ['connections to PostgreSQL of one replica', figure(connections)],
          ['memory of one replica', `${figure(post ?? NaN)} MB`],
        ],
      };
    },
    { replicas: { post: SIZES[0] } },
  );

/** The number of connections to a database, without this one. */
async function connectionsOf(databaseUrl: string): Promise<number> {
  const [row] = await query<{ count: string }>(
    databaseUrl,
    'SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
  );
  return Number(row?.count);
}
