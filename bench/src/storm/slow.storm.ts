import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from '../quantile.ts';
import { checkPromises } from './check.ts';
import { Crowd } from './crowd.ts';
import type { Storm } from './report.ts';

const MEMBERS = 12;

/** The duration of the steady load to warm up, before the slow clients, and with them, each in milliseconds. */
const LOAD_MS = 30_000;

/** The time within which the slow clients open their first connections, in milliseconds: the kernel leaves a part of a burst unaccepted. */
const RAMP_MS = 5_000;

/** The longest life of a connection without a complete request, in milliseconds: 10 seconds, a check each second, and a busy machine. */
const MAX_LIFE_MS = 13_000;

/** How many times as long the slowest requests of members may take with slow clients, which also load this process. */
const SLOWED = 3;

/** The parts of requests that slow clients send, and then nothing. */
const PARTS = [
  'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: appli',
  'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"query":',
  'P',
];

/** Opens connections of slow clients, each again when it is closed, beside the members. No member may notice them. */
export const run: Storm['run'] = async (world, { count, rate }) => {
  const { system, random } = world;
  const crowd = await Crowd.join(world, MEMBERS);
  const { ledger } = crowd;
  const durationsOfPhase = async () => {
    ledger.durations.length = 0;
    await sleep(LOAD_MS);
    return [...ledger.durations];
  };
  crowd.start(rate);
  // New processes are slower at first, with slow clients or without.
  await durationsOfPhase();
  const quiet = await durationsOfPhase();
  const over = new AbortController();
  const lives: number[] = [];
  const clients = Array.from({ length: count }, async () => {
    await sleep(random.between(0, RAMP_MS));
    while (!over.signal.aborted) lives.push(await lifeOf(system.ports.gateway, random.of(PARTS)));
  });
  const stormy = await durationsOfPhase();
  over.abort();
  await Promise.all(clients);
  await crowd.stop();
  const failures = ledger.failedCount;
  const { rows, faults } = await checkPromises(world, crowd);
  const longest = Math.max(...lives);
  return {
    rows: [
      ['slow clients at a time', count],
      ['connections of slow clients', lives.length],
      ['longest life of such a connection, s', (longest / 1000).toFixed(1)],
      ['p99 of the members without slow clients, ms', quantile(quiet, 0.99).toFixed(1)],
      ['p99 of the members with slow clients, ms', quantile(stormy, 0.99).toFixed(1)],
      ...rows,
    ],
    faults: [
      ...(failures > 0 ? [`${String(failures)} requests of members failed.`] : []),
      ...(quantile(stormy, 0.99) > SLOWED * quantile(quiet, 0.99) ? ['Slow clients slowed down the members.'] : []),
      ...(longest > MAX_LIFE_MS ? [`A slow client kept its connection for ${(longest / 1000).toFixed(1)} s.`] : []),
      ...faults,
    ],
  };
};

/** Sends a part of a request. Returns the time until the gateway closes the connection, in milliseconds. */
async function lifeOf(port: number, part: string): Promise<number> {
  const began = performance.now();
  const socket = connect(port, '127.0.0.1', () => socket.write(part));
  const { promise, resolve } = Promise.withResolvers<undefined>();
  // The answer is 408. A connection that is refused or reset has ended, too.
  socket.on('error', () => undefined).once('close', () => resolve(undefined));
  // Without a time-out of the gateway, the storm would wait for ever.
  socket.setTimeout(2 * MAX_LIFE_MS, () => socket.destroy());
  socket.resume();
  await promise;
  return performance.now() - began;
}
