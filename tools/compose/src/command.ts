import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { adviceOn } from './advice.ts';
import { ComposeError } from './error.ts';

export interface CommandOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
  /** Whether an end with another code than 0 is an answer as well. */
  readonly mayFail?: boolean;
  /** How long it may take, in milliseconds. */
  readonly timeout?: number;
}

/** What a command wrote, and how it ended. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Commands that run, to be ended with us. */
const running = new Set<ReturnType<typeof spawn>>();

/** Ends what runs. */
export function endCommands(): void {
  for (const child of running) child.kill('SIGTERM');
}

/**
 * Runs a command.
 *
 * @throws {ComposeError} if it cannot run, or fails and must not
 */
export async function run(command: string, args: readonly string[], options: CommandOptions = {}): Promise<Outcome> {
  const { env = process.env, input, mayFail = false, timeout = 1_800_000 } = options;
  const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
  // Node's own timer outlives a command that is not there.
  const timer = setTimeout(() => child.kill('SIGTERM'), timeout);
  running.add(child);
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) child[name].on('data', (chunk: Buffer) => (output[name] += chunk.toString()));
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    if (code === 0 || mayFail) return { code: code ?? 1, ...output };
  } catch (error) {
    throw new ComposeError(`${command} cannot be run (${(error as NodeJS.ErrnoException).code ?? 'unknown'}). Is it installed?`);
  } finally {
    clearTimeout(timer);
    running.delete(child);
  }
  const said = `${output.stderr}\n${output.stdout}`;
  const last = said.trim().split('\n').slice(-12).join('\n');
  throw new ComposeError(adviceOn(said) ?? `${[command, ...args.slice(0, 6)].join(' ')} failed:\n${last}`);
}
