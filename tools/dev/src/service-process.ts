import { CliError } from '@reputable/cli';
import { compileCache, ensureBuilt, root } from '@reputable/run/build';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Log } from './log.ts';

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;
/** The variables of our environment that a service inherits. */
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'LOG_LEVEL', 'TOKENS_INSIDE'];

const alive = new Set<ChildProcess>();
// After SIGKILL this does not run; the services then see that their channel to us is closed, and stop.
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

export interface ServiceOptions {
  readonly name: string;
  /** The name of the replica for the log, as in `post-2`; that of the service if not given. */
  readonly replica?: string;
  /** The program to run; the compiled `apps/<name>/src/main.ts` if not given. TypeScript runs from source. */
  readonly program?: string | undefined;
  /** Options of Node, as in `--inspect=9229`. */
  readonly nodeOptions?: readonly string[] | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly log: Log;
  /** Called when the service ends without `stop` or `kill`. */
  readonly onCrash?: (error: CliError) => void;
  /** Aborts the start. */
  readonly signal?: AbortSignal | undefined;
}

/** The ports of a service that is ready. */
export interface ReadyPorts {
  readonly grpc?: number;
  readonly http?: number;
  /** The port of `/metrics`, with the setting METRICS_PORT. */
  readonly metrics?: number;
}

/** A service that is ready. */
export type StartedService = ServiceProcess & { readonly ports: ReadyPorts };

/** A service in a process of its own. */
export class ServiceProcess {
  #isExpected = false;
  readonly #gone: Promise<unknown>;
  readonly #errors: string[] = [];

  private constructor(
    readonly child: ChildProcess,
    private readonly options: ServiceOptions,
  ) {
    this.#gone = once(child, 'close').catch(() => undefined);
    alive.add(child);
    void this.#gone.then(() => alive.delete(child));
  }

  /**
   * Starts a service and waits until it is ready.
   *
   * @throws {CliError} in the service's own words if it does not start; the rest of its stderr is the `cause`
   */
  static async start(options: ServiceOptions): Promise<StartedService> {
    const { name, program = compiled(name), nodeOptions = [], env } = options;
    const inherited = INHERITED.flatMap((key) => (process.env[key] === undefined ? [] : [[key, process.env[key]]]));
    const loader = program.endsWith('.ts') ? '@reputable/run' : '@reputable/run/source-maps';
    const child = spawn(process.execPath, [...nodeOptions, '--import', loader, program], {
      cwd: root,
      env: { ...(Object.fromEntries(inherited) as Record<string, string>), NODE_COMPILE_CACHE: compileCache, ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // Ctrl-C in a terminal reaches the launcher alone, which stops the services in order.
      detached: true,
    });
    const service = new ServiceProcess(child, options);
    try {
      return Object.assign(service, { ports: await service.#ready() });
    } catch (error) {
      await service.stop();
      throw error;
    }
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Stops the service; kills it after 10 seconds. */
  async stop(): Promise<void> {
    const timer = setTimeout(() => {
      this.options.log('launcher', `${this.#label} did not stop within ${String(STOP_TIMEOUT_MS / 1000)} s. Killing it.`);
      this.child.kill('SIGKILL');
    }, STOP_TIMEOUT_MS);
    await this.kill('SIGTERM');
    clearTimeout(timer);
  }

  /** Sends a signal. If that ends the service, waits for the end. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    const ends = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGABRT'].includes(signal);
    this.#isExpected ||= ends;
    if (!this.running) return;
    this.child.kill(signal);
    if (ends) await this.#gone;
  }

  async #ready(): Promise<ReadyPorts> {
    const { child } = this;
    const { log, signal } = this.options;
    const name = this.#label;
    let isReady = false;
    if (child.stdout) createInterface(child.stdout).on('line', (line) => log(name, line));
    if (child.stderr) {
      createInterface(child.stderr).on('line', (line) => {
        if (isReady) log(name, line);
        else this.#errors.push(line);
      });
    }
    const { promise, resolve, reject } = Promise.withResolvers<ReadyPorts>();
    const timer = setTimeout(reject, START_TIMEOUT_MS, new CliError(`${name} is not ready after ${String(START_TIMEOUT_MS / 1000)} s.`));
    const abort = () => reject(signal?.reason as Error);
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
    child.once('error', reject);
    child.once('message', ({ ready }: { ready: ReadyPorts }) => resolve(ready));
    void this.#gone.then(() => reject(this.#failure()));
    try {
      const ports = await promise;
      isReady = true;
      for (const line of this.#errors) log(name, line);
      void this.#gone.then(() => {
        if (!this.#isExpected) this.options.onCrash?.(new CliError(`${name} ended unexpectedly, with ${this.#end}.`));
      });
      return ports;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    }
  }

  #failure(): CliError {
    const { name } = this.options;
    const own = this.#errors.find((line) => line.startsWith(`${name} does not start`));
    const rest = this.#errors.filter((line) => line !== own).join('\n');
    return new CliError(own ?? `${this.#label} does not start: it ended with ${this.#end}.`, rest === '' ? {} : { cause: rest });
  }

  get #label(): string {
    return this.options.replica ?? this.options.name;
  }

  get #end(): string {
    const { signalCode, exitCode } = this.child;
    return signalCode ?? `exit code ${String(exitCode)}`;
  }
}

function compiled(name: string): string {
  ensureBuilt();
  return join(root, 'dist/apps', name, 'src/main.js');
}
