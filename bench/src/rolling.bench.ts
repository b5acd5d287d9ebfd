import { SERVICES } from '@reputable/contracts';
import type { System } from '@reputable/dev';
import { root } from '@reputable/run/build';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describeMachine } from './machine.ts';
import { fillRegions } from './page.ts';
import { roll, type Step } from './rolling/rolling.ts';

/** What is replaced at the same time as a restart. `at`: a fraction of the restarts. */
const EVENTS: readonly { readonly at: number; readonly what: string; readonly work: (system: System) => Promise<unknown> }[] = [
  {
    at: 0.15,
    what: 'every certificate issued anew',
    work: async ({ pki }) => {
      for (const name of SERVICES) await pki.issue(name);
    },
  },
  {
    at: 0.4,
    what: 'the signing key rotated, and a new root trusted and every certificate issued under it',
    work: (system) => Promise.all([rotateKeys(system), system.pki.roll()]),
  },
  { at: 0.75, what: 'the old root no longer trusted', work: ({ pki }) => pki.finishRoll() },
];

/** The settings of the benchmark. */
interface RollingOptions {
  readonly restarts?: number;
  /** The number of requests per second. */
  readonly rate?: number;
  /** The time between two restarts. */
  readonly seconds?: number;
  readonly write?: boolean;
}

/**
 * Counts failed requests while every replica of every service is restarted, one after the other, and while keys and certificates are replaced.
 * One failure fails the benchmark.
 */
export async function run({ restarts = 20, rate = 200, seconds = 10, write = false }: RollingOptions): Promise<void> {
  const began = performance.now();
  const say = (line: string) => process.stderr.write(`  ${((performance.now() - began) / 1_000).toFixed(1).padStart(6)} s   ${line}\n`);
  const steps = Array.from({ length: restarts }, (_, number): Step => {
    const events = EVENTS.filter(({ at }) => Math.floor(at * restarts) === number);
    return {
      replicas: ({ replicas }) => replicas.filter((_, index) => index === number % replicas.length),
      meanwhile: async (system) => {
        say(`restart ${String(number + 1)}: ${system.replicas[number % system.replicas.length] ?? ''}`);
        for (const { what, work } of events) {
          await work(system);
          say(what);
        }
      },
    };
  });
  const ledger = await roll(steps, rate, seconds * 1_000, say);
  const title = `${String(restarts)} restarts, ${String(seconds)} s between them, two replicas of each service, ${String(rate)} requests/s:`;
  const result = [title, ...ledger.lines].join('\n');
  console.log(result);
  if (write) await fillRegions('docs/reliability.md', { rolling: [await describeMachine(), '```text', result, '```'].join('\n\n') });
  if (!ledger.isClean) process.exitCode = 1;
}

/** Runs `npm run keys -- rotate`. */
const rotateKeys = ({ dataDir }: System) => {
  const program = ['--import', '@reputable/run', join(root, 'apps/auth/src/keys.cli.ts')];
  return promisify(execFile)(process.execPath, [...program, 'rotate', '--settings', join(dataDir, 'secrets/auth.env')], { cwd: root });
};
