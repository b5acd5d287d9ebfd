import { SERVICES } from '@reputable/contracts';
import { Person, startSystem } from '@reputable/dev';
import { setTimeout as sleep } from 'node:timers/promises';
import { BARE, startBare } from './bare/bare.ts';
import { callBare } from './bare/load.ts';
import type { BenchOptions } from './options.ts';
import { FEW, insert } from './rows.ts';
import { CONNECTIONS, sample, warmUp } from './sample.ts';
import { reputableSide } from './side.ts';
import { figure, table } from './table.ts';
import { memoryOf } from './usage.ts';

/** The time after the start, in milliseconds. */
const IDLE_MS = 20_000;

/** Measures the memory of each service when idle and after a load of nested queries, compared with a bare Nest service. */
export async function run(options: BenchOptions): Promise<void> {
  console.log(await memoryTable(options));
}

/** The memory of each service, as a table. */
export async function memoryTable({ seconds = 10 }: BenchOptions): Promise<string> {
  const system = await startSystem();
  const bare = await startBare();
  try {
    const processes = { [BARE]: bare, ...system.processes };
    await sleep(IDLE_MS);
    const idle = await memoryOf(processes);
    await insert(system, FEW);
    const side = reputableSide(system, await Person.join(system, 'Reader'));
    await warmUp(side, 'nested');
    await sample(side, 'nested', { duration: seconds });
    await callBare(`127.0.0.1:${bare.ports.grpc ?? NaN}`, { connections: CONNECTIONS, seconds });
    const loaded = await memoryOf(processes);
    const rows = [BARE, ...SERVICES].map((name) => {
      const cells = (memory: Readonly<Record<string, number>>) => [
        figure(memory[name] ?? NaN),
        figure((memory[name] ?? NaN) / (memory[BARE] ?? NaN), 2),
      ];
      return [name, ...cells(idle), ...cells(loaded)];
    });
    return await table(['', 'idle, MB', 'ratio', 'after load, MB', 'ratio'], rows);
  } finally {
    await bare.stop();
    await system.stop();
  }
}
