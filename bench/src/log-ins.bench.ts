import { Person, startSystem, type System } from '@reputable/dev';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { quantile } from './quantile.ts';
import type { Storm, StormResult } from './log-ins.worker.ts';

/** The number of concurrent log-ins. */
const LOG_INS = 200;

/** The number of measured storms, each after a quiet period. */
const STORMS = 20;

/** The number of warm-up storms before them. */
const WARM_UP = 5;

/** The duration of each quiet period, in milliseconds. */
const QUIET_MS = 2_000;

/** The shortest measurement of a storm, in milliseconds. */
const STORM_MS = 2_000;

/** The interval of the other requests, in milliseconds, independent of responses. */
const EVERY_MS = 20;

/** The highest acceptable ratio of p99. */
const TARGET = 3;

const READ = '{ posts(first: 10) { nodes { id title author { displayName } comments(first: 5) { nodes { body } } } } }';

const ACCOUNT = { email: 'storm@example.com', password: 'correct horse battery staple' };

/** All log-ins share one account and one address. High limits make auth hash every password. */
const LIMITS = { LIMIT_LOG_IN: '1000000/900' };

/**
 * Measures the effect of concurrent log-ins on other requests. Sends other requests at a fixed rate, alternately in quiet periods and during
 * 200 concurrent log-ins. Everything runs on one machine, including the clients.
 */
export async function run(): Promise<void> {
  const system = await startSystem({ log: () => undefined, env: { auth: LIMITS } });
  const worker = new Worker(new URL('log-ins.worker.ts', import.meta.url));
  try {
    const person = await Person.join(system, 'Storm', ACCOUNT);
    const accessToken = person.token;
    for (let i = 0; i < 10; i += 1) await person.write(`Post ${String(i)}`, 'Before the storm');
    const quiet: number[] = [];
    const stormy: number[] = [];
    const outcomes: Record<string, number> = {};
    for (let turn = 0; turn < WARM_UP + STORMS; turn += 1) {
      const before = await sample(system, accessToken, sleep(QUIET_MS));
      const storm = storming(worker, system);
      const during = await sample(system, accessToken, Promise.all([storm, sleep(STORM_MS)]));
      if (turn < WARM_UP) continue;
      quiet.push(...before);
      stormy.push(...during);
      const { ms, outcomes: ofStorm } = await storm;
      for (const [outcome, count] of Object.entries(ofStorm)) outcomes[outcome] = (outcomes[outcome] ?? 0) + count;
      process.stderr.write(
        `  ${String(turn - WARM_UP + 1)}: quiet ${p(before, 0.99)}, storm ${p(during, 0.99)} (over after ${ms.toFixed(0)} ms)\n`,
      );
    }
    report(quiet, stormy, outcomes);
  } finally {
    await worker.terminate();
    await system.stop();
  }
}

function storming(worker: Worker, { urls }: System): Promise<StormResult> {
  const { promise, resolve } = Promise.withResolvers<StormResult>();
  worker.once('message', resolve);
  const storm: Storm = { url: urls.graphql, count: LOG_INS, email: ACCOUNT.email, password: ACCOUNT.password };
  worker.postMessage(storm);
  return promise;
}

/** The durations of the requests until `end`, in milliseconds from their due times. Infinity for a failed request. */
async function sample(system: System, token: string, end: Promise<unknown>): Promise<number[]> {
  const samples: Promise<number>[] = [];
  const over = new AbortController();
  void end.then(() => {
    over.abort();
  });
  const began = performance.now();
  for (let i = 0; !over.signal.aborted; i += 1) {
    const due = began + i * EVERY_MS;
    await sleep(Math.max(0, due - performance.now()));
    samples.push(ask(system, token).then((answered) => (answered ? performance.now() - due : Infinity)));
  }
  return Promise.all(samples);
}

async function ask({ urls }: System, token: string): Promise<boolean> {
  const response = await fetch(urls.graphql, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: READ }),
  });
  return !('errors' in ((await response.json()) as object));
}

function report(quiet: readonly number[], stormy: readonly number[], outcomes: Readonly<Record<string, number>>): void {
  console.log(`${String(STORMS)} storms of ${String(LOG_INS)} concurrent log-ins, and another request every ${String(EVERY_MS)} ms (ms):`);
  console.log(`  ${''.padEnd(12)}${'p50'.padStart(8)}${'p99'.padStart(8)}${'most'.padStart(8)}`);
  for (const [name, values] of [['in quiet', quiet] as const, ['in a storm', stormy] as const]) {
    console.log(`  ${name.padEnd(12)}${[0.5, 0.99, 1].map((part) => p(values, part).padStart(8)).join('')}`);
  }
  const ratio = quantile(stormy, 0.99) / quantile(quiet, 0.99);
  console.log(`  p99 is ${ratio.toFixed(1)} times that in quiet; the limit is ${String(TARGET)}.`);
  console.log(
    `  The log-ins: ${Object.entries(outcomes)
      .map(([outcome, count]) => `${String(count)} ${outcome}`)
      .join(', ')}.`,
  );
  if (!(ratio <= TARGET)) process.exitCode = 1;
}

const p = (values: readonly number[], part: number) => quantile(values, part).toFixed(1);
