import { execFileSync } from 'node:child_process';
import type { RunningService } from './service-process.ts';

/** The resident memory of a service's process, in megabytes. Throws if the process has ended. */
export const residentMb = ({ process: { pid } }: Pick<RunningService, 'process'>): number =>
  Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024;
