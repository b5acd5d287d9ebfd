/** The delays before the first and each further progress line, in milliseconds. */
const FIRST_MS = 2_000;
const AGAIN_MS = 10_000;

/**
 * Waits for slow work. Prints a progress line on stderr after two seconds and then every ten: `Reading the contract … 12 s`.
 */
export async function patiently<T>(what: string, work: Promise<T>, { firstMs = FIRST_MS, againMs = AGAIN_MS } = {}): Promise<T> {
  const began = performance.now();
  const print = () => process.stderr.write(`${what} … ${String(Math.round((performance.now() - began) / 1000))} s\n`);
  let again: NodeJS.Timeout | undefined;
  const first = setTimeout(() => {
    print();
    again = setInterval(print, againMs);
  }, firstMs);
  try {
    return await work;
  } finally {
    clearTimeout(first);
    clearInterval(again);
  }
}
