import { CliError } from '@reputable/cli';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format } from 'prettier';
import { dateAndCommit } from './machine.ts';
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

/** Figures with the date and the commit of their measurement. */
type Measured = { readonly [Name in keyof Figures]?: Figures[Name] & { readonly measured: string } };

const read = async () => JSON.parse(await readFile(FILE, 'utf8')) as Measured;

/** Replaces the figures of one benchmark in bench/figures.json. */
export async function saveFigures<Name extends keyof Figures>(name: Name, figures: Figures[Name]): Promise<void> {
  const all = { ...(await read()), [name]: { measured: await dateAndCommit(), ...figures } };
  await writeFile(FILE, await format(JSON.stringify(all, rounded), { parser: 'json', printWidth: 140 }));
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
