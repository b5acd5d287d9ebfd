import { styleText } from 'node:util';
import type { Attributes, Span, Trace } from './trace.ts';

/** The widest line without its facts, in characters. */
const WIDTH = 78;

/** Prints a trace as a tree: a line a span with its time, and below it who was known, the checks and the decision. */
export function render({ traceId, startedAt, spans, droppedSpans }: Trace, { color = false } = {}): string {
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    color ? styleText(style, text, { validateStream: false }) : text;
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const children = Map.groupBy(spans, ({ parentId }) => (parentId !== undefined && ids.has(parentId) ? parentId : ''));
  const lines = (span: Span, before: string, last: boolean | undefined): string[] => {
    const own = last === undefined ? '' : `${before}${last ? '└─ ' : '├─ '}`;
    const below = last === undefined ? '' : `${before}${last ? '   ' : '│  '}`;
    const parts = children.get(span.spanId) ?? [];
    const title = `${own}${span.service.padEnd(8)} ${titleOf(span)}`;
    const bar = parts.length > 0 ? '│  ' : '   ';
    return [
      `${span.status === 'error' ? paint('red', title.padEnd(WIDTH)) : title.padEnd(WIDTH)} ${paint('dim', timeOf(span))}`,
      ...factsOf(span).map(({ text, refused }) => `${below}${bar}${' '.repeat(6)}${paint(refused ? 'red' : 'dim', text)}`),
      ...parts.flatMap((part, index) => lines(part, below, index === parts.length - 1)),
    ];
  };
  return [
    `${paint('bold', traceId)}  ${startedAt}  ${String(spans.length)} spans, ${ms(lengthOf(spans))}`,
    ...(children.get('') ?? []).flatMap((root) => lines(root, '', undefined)),
    ...(droppedSpans > 0 ? [`${String(droppedSpans)} more spans are not kept.`] : []),
    '',
  ].join('\n');
}

const ARROWS: Readonly<Record<Span['kind'], string>> = { client: '→ ', server: '', producer: '⇢ ', consumer: '⇠ ', internal: '· ' };

function titleOf({ name, kind, attributes }: Span): string {
  const fields = textOf(attributes, 'reputable.graphql.fields');
  return `${ARROWS[kind]}${name}${fields === '' ? '' : `  ${textOf(attributes, 'graphql.operation.type')} ${fields}`}`;
}

const timeOf = ({ startUs, durationUs }: Span) => `+${ms(startUs)} ${ms(durationUs)}`;

const ms = (us: number) => `${(us / 1_000).toFixed(1)} ms`;

const lengthOf = (spans: readonly Span[]) => Math.max(0, ...spans.map(({ startUs, durationUs }) => startUs + durationUs));

interface Fact {
  readonly text: string;
  readonly refused?: boolean;
}

function factsOf({ kind, attributes, status }: Span): Fact[] {
  const peer = textOf(attributes, 'reputable.peer');
  const decision = textOf(attributes, 'reputable.decision');
  const reason = textOf(attributes, 'reputable.reason');
  const checks = textOf(attributes, 'reputable.checks');
  const error = status === 'error' && kind !== 'server' ? textOf(attributes, 'error.type') : '';
  return [
    ...(peer === '' ? [] : [{ text: `from ${peer}` }]),
    ...tokenOf(attributes),
    ...(textOf(attributes, 'reputable.rule') === '' ? [] : [{ text: `rule: ${textOf(attributes, 'reputable.rule')}` }]),
    ...(checks === '' ? [] : [{ text: `checks: ${checks}` }]),
    ...(decision === 'refuse' ? [{ text: `refused: ${reason}`, refused: true }] : []),
    ...(decision === 'allow' && reason !== '' ? [{ text: `failed: ${reason}`, refused: true }] : []),
    ...(error === '' || decision === 'refuse' ? [] : [{ text: error, refused: true }]),
  ];
}

function tokenOf(attributes: Attributes): Fact[] {
  const kind = textOf(attributes, 'reputable.token.kind');
  const user = textOf(attributes, 'reputable.user');
  if (kind === '' && user === '') return [];
  const left = textOf(attributes, 'reputable.token.seconds_left');
  const origin = { true: 'cached', false: 'verified now' }[textOf(attributes, 'reputable.token.cached')];
  const facts = [
    user === '' ? 'no user' : `user ${user}`,
    kind === '' || kind === 'none' ? '' : `token: ${kind}`,
    origin ?? '',
    left === '' ? '' : `${left} s left`,
  ];
  return [{ text: facts.filter((fact) => fact !== '').join(', ') }];
}

function textOf(attributes: Attributes, name: string): string {
  const value = attributes[name];
  return value === undefined ? '' : Array.isArray(value) ? value.join(', ') : String(value);
}
