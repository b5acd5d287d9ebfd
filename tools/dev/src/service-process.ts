import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { SystemError } from './error.ts';
import type { Log } from './log.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const START_TIMEOUT = 60_000;
const STOP_TIMEOUT = 10_000;
/** What a service may know of our environment; the rest it is told. */
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'LOG_LEVEL'];

const alive = new Set<ChildProcess>();
// However this process ends, short of being killed; for that case the services watch their channel to it.
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

export interface ServiceOptions {
  readonly name: string;
  /** The service's main.ts. */
  readonly program: string;
  /** Options of Node, as in `--inspect=9229`. */
  readonly nodeOptions?: readonly string[] | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly log: Log;
  /** Told when it ends without having been asked to. */
  readonly onCrash: (error: SystemError) => void;
  /** Gives up starting. */
  readonly signal?: AbortSignal | undefined;
}

/** A service in a process of its own. */
export class ServiceProcess {
  private expected = false;
  private readonly gone: Promise<unknown>;

  private constructor(
    private readonly child: ChildProcess,
    private readonly options: ServiceOptions,
  ) {
    this.gone = once(child, 'close').catch(() => undefined);
    alive.add(child);
    void this.gone.then(() => alive.delete(child));
  }

  /** Resolves when the service says that it is ready. Rejects with its own words if it does not get there. */
  static async start(options: ServiceOptions): Promise<ServiceProcess> {
    const inherited = INHERITED.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]));
    const child = spawn(process.execPath, [...(options.nodeOptions ?? []), '--import', '@reputable/run', options.program], {
      cwd: ROOT,
      env: { ...(Object.fromEntries(inherited) as Record<string, string>), ...options.env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // Ctrl-C in a terminal is for the launcher, which stops its services in good order.
      detached: true,
    });
    const service = new ServiceProcess(child, options);
    try {
      await service.ready();
    } catch (error) {
      await service.stop();
      throw error;
    }
    return service;
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Asks the service to finish what it is doing and end; kills it if it has not after 10 seconds. */
  async stop(): Promise<void> {
    this.expected = true;
    if (!this.running) return;
    this.child.kill('SIGTERM');
    const { name, log } = this.options;
    const impatience = setTimeout(() => {
      log('launcher', `${name} did not stop within ${String(STOP_TIMEOUT / 1000)} s and is killed.`);
      this.child.kill('SIGKILL');
    }, STOP_TIMEOUT);
    await this.gone;
    clearTimeout(impatience);
  }

  /** Sends a signal. If it ends the process, its end is no crash, and is waited for. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    if (!this.running) return;
    const ends = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGABRT'].includes(signal);
    this.expected ||= ends;
    this.child.kill(signal);
    if (ends) await this.gone;
  }

  private async ready(): Promise<void> {
    const { child } = this;
    const { name, log, signal } = this.options;
    const complaints: string[] = [];
    let isReady = false;
    eachLine(child.stdout, (line) => {
      log(name, line);
    });
    eachLine(child.stderr, (line) => {
      if (isReady) log(name, line);
      else complaints.push(line);
    });
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(reject, START_TIMEOUT, new SystemError(`${name} is not ready after ${String(START_TIMEOUT / 1000)} s.`));
      const giveUp = () => {
        reject(signal?.reason as Error);
      };
      if (signal?.aborted) giveUp();
      signal?.addEventListener('abort', giveUp, { once: true });
      child.once('error', reject);
      child.once('message', () => {
        clearTimeout(timer);
        resolve();
      });
      void this.gone.then(() => {
        clearTimeout(timer);
        const own = complaints.find((line) => line.startsWith(`${name} does not start`));
        const more = complaints.filter((line) => line !== own);
        reject(new SystemError(own ?? `${name} does not start: it ended with ${this.end}.`, undefined, more));
      });
    });
    isReady = true;
    for (const line of complaints) log(name, line);
    void this.gone.then(() => {
      if (!this.expected) this.options.onCrash(new SystemError(`${name} ended by itself, with ${this.end}.`));
    });
  }

  private get end(): string {
    const { signalCode, exitCode } = this.child;
    return signalCode ?? `exit code ${String(exitCode)}`;
  }
}

function eachLine(stream: Readable | null, take: (line: string) => void): void {
  if (stream) createInterface(stream).on('line', take);
}
