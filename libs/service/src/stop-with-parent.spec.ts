import { afterEach, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** A second, and the time that a busy machine needs more, in milliseconds. */
const LIMIT_MS = 5_000;

let service: ChildProcess;

const run = (fixture: string, ...args: string[]): ChildProcess => {
  const program = ['--import', '@reputable/run', join(import.meta.dirname, 'fixture', fixture)];
  service = spawn(process.execPath, [...program, ...args], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  return service;
};

/** Starts a service that never becomes ready. It calls `runService` after this many milliseconds. */
const start = (after: number) => run('never-ready.ts', String(after));

afterEach(() => {
  service.kill('SIGKILL');
});

describe('a service whose launcher exits before it is ready', () => {
  it('exits while it is starting', async () => {
    await once(start(0).stdout ?? service, 'data');
    service.disconnect();
    expect(await once(service, 'exit')).toEqual([1, null]);
  });

  it('exits if the launcher exited before it called runService', async () => {
    start(500).disconnect();
    expect(await once(service, 'exit')).toEqual([1, null]);
  });
});

describe('a running service whose launcher is killed', () => {
  it('lives no longer than a second, even if it cannot close', async () => {
    await once(run('never-stops.ts').stdout ?? service, 'data');
    const killed = performance.now();
    service.disconnect();
    expect(await once(service, 'exit')).toEqual([1, null]);
    expect(performance.now() - killed).toBeLessThan(LIMIT_MS);
  });
});
