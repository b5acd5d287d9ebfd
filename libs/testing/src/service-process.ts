import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { path } from './config.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** A service that runs in a process of its own. */
export interface RunningService {
  readonly ports: { readonly grpc: number; readonly http: number };
  /** Everything it has logged. */
  readonly log: () => string;
  readonly process: ChildProcess;
  /** Tells it to stop, or with SIGKILL ends it, and waits until it is gone. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/**
 * Starts a service from its real `main.ts`, and waits until it is ready.
 *
 * @throws Error with what it wrote, if it does not start
 */
export function startProcess(name: string, env: Record<string, string>): Promise<RunningService> {
  const child = spawn(process.execPath, ['--import', '@reputable/run', join(ROOT, 'apps', name, 'src/main.ts')], {
    cwd: ROOT,
    env: { PATH: path, NODE_ENV: 'production', LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let log = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve();
    });
  });
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    child.kill(signal);
    await exited;
  };
  return new Promise((resolve, reject) => {
    child.once('exit', () => {
      reject(new Error(log.trim()));
    });
    child.once('message', ({ ready }: { ready: { grpc?: number; http?: number } }) => {
      resolve({ ports: { grpc: ready.grpc ?? 0, http: ready.http ?? 0 }, log: () => log, process: child, stop });
    });
  });
}
