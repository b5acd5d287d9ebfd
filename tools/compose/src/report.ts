import { ComposeError } from './error.ts';

/** Tells what is looked at, and what was found. */
export class Report {
  readonly #began = performance.now();

  constructor(readonly print: (line: string) => void) {}

  get seconds(): string {
    return `${((performance.now() - this.#began) / 1000).toFixed(1)} s`;
  }

  /** Does something that takes its time, and says how long it took. */
  async step<T>(what: string, work: () => Promise<T>): Promise<T> {
    const began = performance.now();
    this.print(`${what} …`);
    const progress = setInterval(() => {
      this.print(`  ${((performance.now() - began) / 1000).toFixed(0)} s`);
    }, 20_000);
    try {
      const result = await work();
      this.print(`  done after ${((performance.now() - began) / 1000).toFixed(1)} s`);
      return result;
    } finally {
      clearInterval(progress);
    }
  }

  /**
   * Something that must hold.
   *
   * @param faults why it does not; empty if it does
   * @throws {ComposeError} with the faults
   */
  holds(what: string, faults: readonly string[]): void {
    if (faults.length > 0) throw new ComposeError(`It does not hold that ${what}:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.print(`  ok: ${what}`);
  }

  /** Rows in columns, each as wide as its widest cell. */
  table(rows: readonly (readonly string[])[]): void {
    const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
    for (const row of rows) this.print(`  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd());
  }
}
