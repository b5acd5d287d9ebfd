/** Something that a page asks its reader to do. */
export interface Step {
  /** The line of the page, from 1, for who looks for what went wrong. */
  readonly line: number;
  /**
   * `run` ends by itself, and well; `refused` ends with another exit code than 0; `start` keeps running in a terminal of its own, and is up when it has said what is expected; `stop` ends what was
   * started last, with Ctrl-C.
   */
  readonly kind: 'run' | 'refused' | 'start' | 'stop';
  readonly code: string;
  /** The lines that its output must have, in this order, among others; `…` stands for anything. */
  readonly expected: readonly string[];
}

const FENCE = /^```(\w*)([^\n]*)\n([^]*?)^```$/gm;
const KINDS = ['refused', 'start'] as const;
const STOP = /^<!-- Ctrl-C -->$/gm;

/**
 * The steps of a Markdown page: its blocks of `sh`, in order. One that is `sh refused` must fail; one that is `sh start` goes on running,
 * until `<!-- Ctrl-C -->`. A block of `text` that comes next is what it prints.
 *
 * @throws {Error} if the page shows output of nothing
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
      if (!last || page.slice(last.end, index).includes('```')) throw new Error(`Line ${line} shows what nothing prints.`);
      last.step = { ...last.step, expected: body.trim().split('\n') };
    }
  }
  const stops = [...page.matchAll(STOP)].map(({ index }): Step => ({ line: lineAt(index), kind: 'stop', code: '', expected: [] }));
  return [...steps.map(({ step }) => step), ...stops].sort((a, b) => a.line - b.line);
}

/** The first line that is expected and not there; undefined if all are, in their order. */
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
