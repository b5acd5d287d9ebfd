import { afterEach, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const PROGRAM = ['--import', '@reputable/run', join(import.meta.dirname, 'fixture/never-ready.ts')];

let service: ChildProcess;

/** Starts a service that never gets ready, and that begins to start after so many milliseconds. */
function start(after: number): ChildProcess {
  service = spawn(process.execPath, [...PROGRAM, String(after)], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  return service;
}

afterEach(() => {
  service.kill('SIGKILL');
});

describe('a service whose launcher is gone before it is ready', () => {
  it('ends, while it is starting', async () => {
    await once(start(0).stdout ?? service, 'data');
    service.disconnect();
    expect(await once(service, 'exit')).toEqual([1, null]);
  });

  it('ends, also if that was before it began to', async () => {
    start(500).disconnect();
    expect(await once(service, 'exit')).toEqual([1, null]);
  });
});
