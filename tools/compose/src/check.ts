import { CliError } from '@reputable/cli';

export const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/**
 * Prints that something holds.
 *
 * @param faults the reasons why it does not hold; empty if it does
 * @throws {CliError} with the faults
 */
export function check(what: string, faults: readonly string[]): void {
  if (faults.length > 0) throw new CliError(`Check failed: ${what}:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  say(`  ok: ${what}`);
}

/** Does something that takes its time, and prints how long it took. */
export async function step<T>(what: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  say(`${what} …`);
  const result = await work();
  say(`  done after ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return result;
}
