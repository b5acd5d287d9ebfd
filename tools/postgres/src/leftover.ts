import { CliError } from '@reputable/cli';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE = { SIGINT: 10_000, SIGQUIT: 5_000, SIGKILL: 5_000 } as const;

/**
 * Cleans a data folder after a killed run: stops a server that still runs there, and removes a pid file that names no process, or an
 * unrelated one.
 */
export async function clearLeftover(data: string, log: (line: string) => void): Promise<void> {
  const file = join(data, 'postmaster.pid');
  const pid = Number.parseInt(await readFile(file, 'utf8').catch(() => ''), 10);
  if (serves(pid, data)) {
    log(`Stopping PostgreSQL, process ${String(pid)}, which an earlier run left running.`);
    await end(pid, data);
  }
  await rm(file, { force: true });
}

async function end(pid: number, data: string): Promise<void> {
  for (const [signal, patience] of Object.entries(PATIENCE)) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return;
      throw new CliError(`PostgreSQL, process ${String(pid)}, already runs in ${data} and belongs to another user.`, { cause: error });
    }
    const deadline = Date.now() + patience;
    while (Date.now() < deadline) {
      if (!serves(pid, data)) return;
      await sleep(25);
    }
  }
  throw new CliError(`PostgreSQL, process ${String(pid)}, already runs in ${data} and cannot be stopped.`);
}

/** Whether a process is the server of a data folder. Systems reuse process ids, so it may be another program. */
function serves(pid: number, data: string): boolean {
  const [program = '', ...rest] = commandOf(pid);
  return program.includes('postgres') && rest.includes(data);
}

function commandOf(pid: number): string[] {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8').split('\0');
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).split(/ (?=-)|(?<=-D) /);
  } catch {
    return [];
  }
}
