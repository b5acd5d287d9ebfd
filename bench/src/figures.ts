import { CliError } from '@reputable/cli';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format } from 'prettier';
import { dateAndCommit } from './machine.ts';
import type { Ratio } from './trust/ratios.ts';
import { nameOf, type Run } from './trust/runs.ts';
import type { Workload } from './trust/workload.ts';

const FILE = join(import.meta.dirname, '../figures.json');

/** A figure for each process, by its name. */
export type ByProcess = Readonly<Record<string, number>>;

/** The measured figures that the model of larger systems rests on, by what measured them. */
export interface Figures {
  readonly ways: {
    /** The CPU time of a request by process, in microseconds. */
    readonly cpuUs: Readonly<Record<string, Readonly<Record<Workload, number>>>>;
    /** What all processes write for a request, in bytes. */
    readonly bytes: Readonly<Record<Workload, number>>;
  };
  readonly posts: {
    /** The memory of each process after load, in MB. */
    readonly memoryMb: ByProcess;
    /** What a row takes in its database with its indexes, in bytes. */
    readonly rowBytes: Readonly<Record<'profile' | 'post' | 'comment', number>>;
  };
  readonly sessions: {
    /** The CPU time that the first request of a session takes more than the next ones, in microseconds. */
    readonly exchangeCpuUs: ByProcess;
    /** What a process keeps for a session in use, in bytes. */
    readonly bytes: ByProcess;
    /** What a session takes in auth's database with its account and token, in bytes. */
    readonly rowBytes: number;
  };
  readonly revocations: {
    /** What a process keeps for a revoked id, in bytes. */
    readonly bytes: ByProcess;
    /** The CPU time of one revocation by process, in microseconds. Auth sends it to four subscribers. */
    readonly cpuUs: ByProcess;
    /** The length of a revoked id in the first message of the stream, in bytes. */
    readonly messageBytes: number;
    /** The time until a service that starts has all revoked ids, in milliseconds. */
    readonly catchUpMs: number;
  };
  readonly replicas: {
    /** The connections to PostgreSQL of one replica of post. */
    readonly connections: number;
  };
}

/** The content of bench/figures.json. */
type Measured = { readonly [Name in keyof Figures]?: Figures[Name] & { readonly measured: string } } & {
  /** The last runs of the comparison of the ways to trust. */
  readonly runs?: readonly Run[];
  /** How long each command has taken, in seconds. */
  readonly seconds?: Readonly<Record<string, number>>;
};

/** The number of runs that bench/figures.json keeps. */
const RUNS = 3;

const read = async () => JSON.parse(await readFile(FILE, 'utf8')) as Measured;

async function save(changes: Measured): Promise<void> {
  const all = { ...(await read()), ...changes };
  await writeFile(FILE, await format(JSON.stringify(all, rounded), { parser: 'json', printWidth: 140 }));
}

/** Replaces the figures of one benchmark in bench/figures.json. */
export const saveFigures = async <Name extends keyof Figures>(name: Name, figures: Figures[Name]): Promise<void> =>
  save({ [name]: { measured: await dateAndCommit(), ...figures } });

/** Adds a run of the comparison of the ways to trust. Returns the last runs, with this one. */
export async function appendRun(ratios: readonly Ratio[]): Promise<readonly Run[]> {
  const run = { measured: await dateAndCommit(), ratios: Object.fromEntries(ratios.map((ratio) => [nameOf(ratio), ratio.estimate])) };
  const runs = [...((await read()).runs ?? []), run].slice(-RUNS);
  await save({ runs });
  return runs;
}

/** Saves how long a command has taken. Returns the durations of all commands, in seconds. */
export async function saveSeconds(command: string, taken: number): Promise<Readonly<Record<string, number>>> {
  const seconds = { ...(await read()).seconds, [command]: taken };
  await save({ seconds });
  return seconds;
}

const rounded = (_: string, value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(3)) : value);

/**
 * The measured figures, and when each was measured.
 *
 * @throws {CliError} if some have never been measured
 */
export async function readFigures(): Promise<{ figures: Figures; measured: Readonly<Record<keyof Figures, string>> }> {
  const all = await read();
  const names: readonly (keyof Figures)[] = ['ways', 'posts', 'sessions', 'revocations', 'replicas'];
  const missing = names.filter((name) => !all[name]);
  if (missing.length > 0)
    throw new CliError(`bench/figures.json lacks ${missing.join(', ')}. Run the benchmarks ways and ways-scale with --write.`);
  const measured = Object.fromEntries(names.map((name) => [name, all[name]?.measured ?? ''])) as Record<keyof Figures, string>;
  return { figures: all as Figures, measured };
}
