import { describe, expect, it } from '@jest/globals';
import { eventually } from '@reputable/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { Admission } from './admission.ts';

/** Keeps the process busy, as requests do that compute. */
function work(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** Enters or waits. Records the number of the request when it starts or is refused. */
function ask(admission: Admission, n: number, log: { started: number[]; refused: number[] }): void {
  if (admission.enter()) log.started.push(n);
  else admission.wait({ start: () => log.started.push(n), refuse: () => log.refused.push(n) });
}

/** Shorter than the time after which a request that waits is refused, in milliseconds. */
const UNDISTURBED_MS = 300;

/** Repeats an experiment until the machine has not held this process up meanwhile. */
async function undisturbed(experiment: () => Promise<() => void>): Promise<void> {
  for (;;) {
    const began = performance.now();
    const check = await experiment();
    if (performance.now() - began > UNDISTURBED_MS) continue;
    check();
    return;
  }
}

const aLog = () => ({ started: [] as number[], refused: [] as number[] });

/** Finishes requests in turn, each after `ms` of work, until no more have started. */
async function finishAll(admission: Admission, { started }: { started: number[] }, ms: number): Promise<void> {
  for (let done = 0; done < started.length; done += 1) {
    work(ms);
    admission.leave();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('Admission', () => {
  it('starts 32 of a burst, keeps as many as can start in time, and refuses the oldest others at once', () => {
    const log = aLog();
    const admission = new Admission();
    for (let n = 0; n < 500; n += 1) ask(admission, n, log);
    expect(log.started).toEqual(Array.from({ length: 32 }, (_, n) => n));
    // 500 ms at 2 ms each.
    expect(log.refused).toEqual(Array.from({ length: 218 }, (_, n) => n + 32));
  });

  it('refuses more as soon as requests prove to be slow, and starts the newest first', async () => {
    const log = aLog();
    const admission = new Admission();
    for (let n = 0; n < 500; n += 1) ask(admission, n, log);
    await finishAll(admission, log, 10);
    expect(log.started.length + log.refused.length).toBe(500);
    expect(log.started[32]).toBe(499);
    expect(log.started.length).toBeGreaterThan(32);
    expect(log.started.length).toBeLessThan(150);
  });

  it('refuses none and keeps their order if all can start in time', async () => {
    await undisturbed(async () => {
      const log = aLog();
      const admission = new Admission();
      for (let n = 0; n < 60; n += 1) ask(admission, n, log);
      await finishAll(admission, log, 1);
      return () => expect(log).toEqual({ started: Array.from({ length: 60 }, (_, n) => n), refused: [] });
    });
  });

  it('counts the requests that run and those that wait', async () => {
    const log = aLog();
    const admission = new Admission();
    for (let n = 0; n < 60; n += 1) ask(admission, n, log);
    expect(admission.inFlight).toBe(60);
    await finishAll(admission, log, 1);
    expect(admission.inFlight).toBe(0);
  });

  it('starts further requests while the process is idle, because those that run only wait', async () => {
    await undisturbed(async () => {
      const log = aLog();
      const admission = new Admission();
      for (let n = 0; n < 60; n += 1) ask(admission, n, log);
      while (log.started.length < 60 && log.refused.length === 0) await sleep(10);
      return () => expect(log).toEqual({ started: Array.from({ length: 60 }, (_, n) => n), refused: [] });
    });
  });

  it('starts a request within 100 ms while the process is idle, however many hang', async () => {
    const log = aLog();
    const admission = new Admission();
    // A few at a time, so that none of them waits for long.
    for (let n = 0; n < 200; n += 20) {
      for (let next = n; next < n + 20; next += 1) ask(admission, next, log);
      await eventually(() => expect(log.started).toHaveLength(n + 20));
    }
    expect(log.refused).toEqual([]);
    let next = 200;
    await undisturbed(async () => {
      await sleep(50);
      ask(admission, (next += 1), log);
      await sleep(100);
      return () => expect(log.started.at(-1)).toBe(next);
    });
  });
});
