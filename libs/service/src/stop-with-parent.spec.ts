import { afterEach, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const PROGRAM = ['--import', '@reputable/run', join(import.meta.dirname, 'fixture/never-ready.ts')];

let service: ChildProcess;

/** Starts a service that never becomes ready. It calls `runService` after this many milliseconds. */
function start(after: number): ChildProcess {
  service = spawn(process.execPath, [...PROGRAM, String(after)], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  return service;
}

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
