import { query } from '@reputable/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ByProcess, saveFigures } from '../figures.ts';
import { reputableSide } from '../side.ts';
import { figure } from '../table.ts';
import { usageOf } from '../usage.ts';
import { type Axis, cpuAt, type Duration } from './axis.ts';
import { catchUp } from './catch-up.ts';
import { heapsOf, perEach, type ScaleSystem, withSystem } from './scale-system.ts';

/** The number of revoked ids at the end. */
const MANY = 100_000;

/** The number of revocations whose delivery is measured. */
const DELIVERED = 5_000;

/** The time in which they arrive everywhere, in milliseconds. */
const DELIVERY_MS = 6_000;

/** The time for all services to open the stream again, in milliseconds. */
const RECONNECT_MS = 5_000;

const REVOCATIONS = `
  INSERT INTO revocation (id, subject_kind, subject_id, issued_before, expires_at)
  SELECT uuidv7(), 'session', uuidv7(), now() + interval '305 s', now() + interval '305 s' FROM generate_series(1, $1::int)`;

/** The cost without revoked ids, then with 100,000, and that of their delivery. */
export const revocations = (duration: Duration, write: boolean): Promise<Axis> =>
  withSystem(async ({ system, person }) => {
    const side = reputableSide(system, person);
    const none = await cpuAt(side, ['flat', 'nested'], duration);
    const idle = await cpuDuring(system, () => Promise.resolve());
    const delivery = await cpuDuring(system, () => query(system.databaseUrl('auth'), REVOCATIONS, [DELIVERED]));
    const cpuUs = perEach(idle, delivery, DELIVERED);
    const heaps = await heapsOf(system);
    await revokeSilently(system, MANY - DELIVERED);
    const { ms: catchUpMs, ids, messageBytes: length } = await catchUp(system);
    const many = await cpuAt(side, ['flat', 'nested'], duration);
    const { auth: _, ...bytes } = perEach(heaps, await heapsOf(system), ids - DELIVERED);
    const messageBytes = length / ids;
    if (write) await saveFigures('revocations', { bytes, cpuUs, messageBytes, catchUpMs });
    return {
      points: [
        { size: 'no revoked ids', cpuUs: none },
        { size: `${figure(ids)} revoked ids`, cpuUs: many },
      ],
      further: [
        ...Object.entries(bytes).map(([name, each]) => [`memory of ${name} for a revoked id`, `${figure(each)} bytes`] as const),
        ...Object.entries(cpuUs).map(
          ([name, each]) => [`CPU time of ${name} for the delivery of a revocation`, `${figure(each)} µs`] as const,
        ),
        [`a service that starts has all ${figure(ids)} after`, `${figure(catchUpMs)} ms`],
        ['a revoked id in the first message of the stream', `${figure(messageBytes)} bytes`],
      ],
    };
  });

/** The CPU time of each service until what `work` begins is over, in microseconds. */
async function cpuDuring(system: ScaleSystem['system'], work: () => Promise<unknown>): Promise<ByProcess> {
  const cpuOf = async () =>
    Object.fromEntries(
      await Promise.all(
        Object.entries(system.processes).map(async ([name, { pid = NaN }]) => [name, (await usageOf(pid)).cpuMs * 1_000] as const),
      ),
    );
  const before = await cpuOf();
  await work();
  await sleep(DELIVERY_MS);
  return perEach(before, await cpuOf(), 1);
}

/** Revokes so many sessions that auth only reads when it starts. */
async function revokeSilently(system: ScaleSystem['system'], count: number): Promise<void> {
  const url = system.databaseUrl('auth');
  await query(url, 'ALTER TABLE revocation DISABLE TRIGGER USER');
  await query(url, REVOCATIONS, [count]);
  await query(url, 'ALTER TABLE revocation ENABLE TRIGGER USER');
  await query(url, 'VACUUM ANALYZE');
  await system.restart('auth');
  await sleep(RECONNECT_MS);
}
