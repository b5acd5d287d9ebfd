import { CliError } from '@reputable/cli';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { ENVIRONMENT } from './cluster.ts';
import type { ServerUser } from './server-user.ts';

const READY = 'database system is ready to accept connections';
const START_TIMEOUT = 60_000;

/**
 * Reads until our process ends, even by SIGKILL; then stops the server, and removes its folder if that is temporary. The server is no child
 * of the shell, so the shell polls.
 */
const WATCHDOG = `read -r _
kill -INT "$1" 2>/dev/null || exit 0
[ -n "$2" ] || exit 0
while kill -0 "$1" 2>/dev/null && [ -e "$2/data/postmaster.pid" ]; do sleep 0.1; done
rm -rf "$2"`;

export interface PostmasterOptions {
  readonly program: string;
  readonly data: string;
  readonly port: number;
  readonly settings: Readonly<Record<string, string>>;
  readonly user: ServerUser | undefined;
  /** The folder to remove if this process ends without stopping the server. */
  readonly throwAway?: string | undefined;
}

/** A running server process. It ends with this process at the latest, even if that is killed. */
export class Postmaster {
  private stopping = false;

  private constructor(
    private readonly child: ChildProcess,
    private readonly watchdog: ChildProcess,
  ) {
    // The server must not keep its program alive.
    for (const handle of [child, child.stderr, watchdog, watchdog.stdin]) (handle as unknown as { unref(): void }).unref();
  }

  /** Resolves when the server accepts connections; rejects with its last error if it does not. */
  static async start({ program, data, port, settings, user, throwAway = '' }: PostmasterOptions): Promise<Postmaster> {
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    // In a session of its own: Ctrl-C reaches us alone, and the server must outlive the services that write to it.
    const options = { ...user, cwd: '/', env: ENVIRONMENT, detached: true } as const;
    const child = spawn(program, ['-D', data, '-p', String(port), ...flags], { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
    const watchdog = spawn('sh', ['-c', WATCHDOG, 'sh', String(child.pid), throwAway], { ...options, stdio: ['pipe', 'ignore', 'ignore'] });
    const postmaster = new Postmaster(child, watchdog);
    try {
      await postmaster.ready(data);
      return postmaster;
    } catch (error) {
      await postmaster.stop({ force: true });
      throw error;
    }
  }

  /** Calls back if the server ends by itself. */
  onCrash(callback: (error: CliError) => void): void {
    this.child.once('exit', (code, signal) => {
      if (!this.stopping) callback(new CliError(`PostgreSQL ended unexpectedly (${signal ?? `exit code ${String(code)}`}).`));
    });
  }

  /** Closes all connections and stops the server; with `force`, without cleaning up. */
  async stop({ force = false } = {}): Promise<void> {
    this.stopping = true;
    const { child } = this;
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      child.ref();
      const exit = once(child, 'exit');
      child.kill(force ? 'SIGQUIT' : 'SIGINT');
      const harder = [setTimeout(() => child.kill('SIGQUIT'), 10_000), setTimeout(() => child.kill('SIGKILL'), 15_000)];
      await exit;
      harder.forEach(clearTimeout);
    }
    this.watchdog.kill('SIGKILL');
  }

  private ready(data: string): Promise<void> {
    const { child } = this;
    child.ref();
    const said: string[] = [];
    return new Promise<void>((resolve, reject) => {
      const fail = (why: string) => {
        clearTimeout(timer);
        reject(new CliError(`PostgreSQL does not start in ${data}: ${why}`));
      };
      const timer = setTimeout(fail, START_TIMEOUT, `it is not ready after ${String(START_TIMEOUT / 1000)} s.`);
      child.once('error', (error) => {
        fail(error.message);
      });
      // Not 'exit', which can come before the last lines.
      child.once('close', () => {
        fail(complaint(said));
      });
      const { stderr } = child;
      if (!stderr) return;
      createInterface(stderr).on('line', (line) => {
        said.splice(0, said.length - 20);
        said.push(line);
        if (!line.includes(READY)) return;
        clearTimeout(timer);
        child.unref();
        resolve();
      });
    });
  }
}

/** The first fatal error of a server that ended, which causes any others. */
function complaint(said: string[]): string {
  const fatal = said.map((line) => /(?:FATAL|PANIC): +(.*)/.exec(line)?.[1]).find(Boolean);
  return fatal ?? (said.join(' ').slice(0, 300) || 'it ended without an error message.');
}
