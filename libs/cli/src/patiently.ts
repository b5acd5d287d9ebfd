/** How long somebody waits before they wonder, in milliseconds. */
const FIRST_MS = 2_000;
const AGAIN_MS = 10_000;

/**
 * Waits for what may take long. After two seconds, and every ten from then on, a line on stderr says what is waited for:
 * `Reading the contract … 12 s`.
 */
export async function patiently<T>(what: string, work: Promise<T>, { firstMs = FIRST_MS, againMs = AGAIN_MS } = {}): Promise<T> {
  const began = performance.now();
  const say = () => process.stderr.write(`${what} … ${String(Math.round((performance.now() - began) / 1000))} s\n`);
  let again: NodeJS.Timeout | undefined;
  const first = setTimeout(() => {
    say();
    again = setInterval(say, againMs);
  }, firstMs);
  try {
    return await work;
  } finally {
    clearTimeout(first);
    clearInterval(again);
  }
}
