/** A step that a page asks its reader to take. */
export interface Step {
  /** The line of the page, from 1. */
  readonly line: number;
  /**
   * `run` ends with exit code 0, `refused` with another one. `start` keeps running in another terminal, and is up once it has printed the
   * expected lines. `stop` ends the last `start` with Ctrl-C.
   */
  readonly kind: 'run' | 'refused' | 'start' | 'stop';
  readonly code: string;
  /** The lines that its output must contain, in this order; `…` matches any text. */
  readonly expected: readonly string[];
}

const FENCE = /^```(\w*)([^\n]*)\n([^]*?)^```$/gm;
const KINDS = ['refused', 'start'] as const;
const STOP = /^<!-- Ctrl-C -->$/gm;

/**
 * The steps of a Markdown page: its `sh` blocks, in order. A `sh refused` block must fail. A `sh start` block keeps running until
 * `<!-- Ctrl-C -->`. The `text` block after a step is its output.
 *
 * @throws {Error} if a `text` block has no step before it
 */
export function stepsOf(page: string): Step[] {
  const lineAt = (index: number) => page.slice(0, index).split('\n').length;
  const steps: { step: Step; end: number }[] = [];
  for (const { 0: all, 1: language, 2: info = '', 3: body = '', index } of page.matchAll(FENCE)) {
    const line = lineAt(index);
    const last = steps.at(-1);
    if (language === 'sh') {
      const kind = KINDS.find((each) => each === info.trim()) ?? 'run';
      steps.push({ step: { line, kind, code: body.trim(), expected: [] }, end: index + all.length });
    } else if (language === 'text') {
      if (!last || page.slice(last.end, index).includes('```')) throw new Error(`Line ${line} has output without a command.`);
      last.step = { ...last.step, expected: body.trim().split('\n') };
    }
  }
  const stops = [...page.matchAll(STOP)].map(({ index }): Step => ({ line: lineAt(index), kind: 'stop', code: '', expected: [] }));
  return [...steps.map(({ step }) => step), ...stops].sort((a, b) => a.line - b.line);
}

/** The first expected line that the output lacks; undefined if it has all, in their order. */
export function missingFrom(output: string, expected: readonly string[]): string | undefined {
  const lines = output.split('\n');
  let at = 0;
  return expected.find((wanted) => {
    const found = lines.findIndex((line, index) => index >= at && isLike(line, wanted));
    if (found < 0) return true;
    at = found + 1;
    return false;
  });
}

function isLike(line: string, wanted: string): boolean {
  const literally = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const pattern = wanted.trim().split('…').map(literally).join('.*');
  return new RegExp(`^${pattern}$`).test(line.trim());
}
