import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** The resources of a process. */
export interface Usage {
  /** The CPU time since its start, in milliseconds. */
  readonly cpuMs: number;
  /** The resident memory, in MB. */
  readonly memoryMb: number;
}

/** Linux counts the CPU time of a process in hundredths of a second, and that of its threads in nanoseconds. */
const TICK_MS = 10;

/** The CPU time and the memory of a process, from the operating system. */
export const usageOf = process.platform === 'linux' ? fromProc : fromPs;

async function fromProc(pid: number): Promise<Usage> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  // The name of the program, in parentheses, can contain spaces.
  const [user = 0, system = 0] = stat.slice(stat.lastIndexOf(')')).split(' ').slice(12, 14).map(Number);
  // A thread that has ended has no file any more. So the other figure is the larger one then.
  return { cpuMs: Math.max((user + system) * TICK_MS, await threadsMs(pid)), memoryMb: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024 };
}

/** The CPU time of the threads of a process; 0 if this kernel does not count it. */
async function threadsMs(pid: number): Promise<number> {
  const texts = await threadFiles(pid, 'schedstat');
  return texts.reduce((sum, text) => sum + Number(text.split(' ')[0]) / 1_000_000, 0);
}

/** A file of each thread of a process; empty for a thread that has ended meanwhile. */
async function threadFiles(pid: number, name: string): Promise<string[]> {
  const threads = await readdir(`/proc/${pid}/task`);
  return Promise.all(threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/${name}`, 'utf8').catch(() => '')));
}

async function fromPs(pid: number): Promise<Usage> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'time=,rss=', '-p', String(pid)]);
  const [time = '', memory] = stdout.trim().split(/\s+/);
  const seconds = time.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return { cpuMs: seconds * 1000, memoryMb: Number(memory) / 1024 };
}

/** The memory of each process, in MB. */
export async function memoryOf(processes: Readonly<Record<string, { readonly pid: number | undefined }>>): Promise<Record<string, number>> {
  const memory = Object.entries(processes).map(async ([name, { pid = NaN }]) => [name, (await usageOf(pid)).memoryMb] as const);
  return Object.fromEntries(await Promise.all(memory));
}

/** How often the threads of processes have waited so far, for messages among others; NaN where the operating system does not tell. */
export async function waitsOf(pids: readonly number[]): Promise<number> {
  if (process.platform !== 'linux') return NaN;
  const texts = (await Promise.all(pids.map((pid) => threadFiles(pid, 'status')))).flat();
  return texts.reduce((sum, text) => sum + Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(text)?.[1] ?? 0), 0);
}

/** The bytes that processes have written so far, to sockets and files; NaN where the operating system does not tell. */
export async function writtenBy(pids: readonly number[]): Promise<number> {
  if (process.platform !== 'linux') return NaN;
  const texts = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/io`, 'utf8')));
  return texts.reduce((sum, text) => sum + Number(/wchar: (\d+)/.exec(text)?.[1]), 0);
}
