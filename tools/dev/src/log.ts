import { SERVICES } from '@reputable/contracts/registry';
import { styleText } from 'node:util';

/** Takes a line of a service, or of the launcher: JSON as pino writes it, or text. */
export type Log = (source: string, line: string) => void;

const LEVELS: readonly (readonly [from: number, label: string, style: Parameters<typeof styleText>[0]])[] = [
  [60, 'FATAL', ['red', 'bold']],
  [50, 'ERROR', 'red'],
  [40, 'WARN', 'yellow'],
  [30, 'INFO', 'green'],
  [20, 'DEBUG', 'dim'],
  [0, 'TRACE', 'dim'],
];
const HUES = ['cyan', 'magenta', 'blue', 'yellow', 'green'] as const;
/** Fields that each line has, or that the prefix shows. */
const NOISE = new Set(['level', 'time', 'pid', 'hostname', 'msg', 'name', 'service', 'err']);

interface Entry {
  readonly level?: number;
  readonly time?: number | string;
  readonly msg?: string;
  readonly err?: { readonly message?: string; readonly stack?: string };
}

/** Formats a line: `post     12:01:02 INFO  message key=value`. The stack of an error follows on further lines. */
export function formatLine(source: string, line: string, { color = false, now = new Date() } = {}): string {
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    color ? styleText(style, text, { validateStream: false }) : text;
  const entry = parse(line) ?? { msg: line };
  const [, label, style] = LEVELS.find(([from]) => (entry.level ?? 30) >= from) ?? [0, 'INFO', 'green' as const];
  const parts = [
    paint(hueOf(source), source.padEnd(8)),
    paint('dim', timeOf(entry.time === undefined ? now : new Date(entry.time))),
    paint(style, label.padEnd(5)),
    entry.msg ?? '',
    ...(entry.err?.message !== undefined && entry.err.message !== entry.msg ? [paint('red', entry.err.message)] : []),
    ...Object.entries(entry)
      .filter(([key]) => !NOISE.has(key))
      .map(([key, value]) => `${paint('dim', `${key}=`)}${show(value)}`),
  ];
  const stack = (entry.err?.stack ?? '').split('\n').slice(1);
  return [parts.join(' ').trimEnd(), ...stack.map((frame) => paint('dim', `${' '.repeat(9)}${frame}`))].join('\n');
}

function hueOf(source: string): Parameters<typeof styleText>[0] {
  const index = SERVICES.findIndex((name) => name === source);
  return index < 0 ? 'bold' : (HUES[index % HUES.length] ?? 'bold');
}

function parse(line: string): Entry | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Entry;
  } catch {
    return undefined;
  }
}

const timeOf = (date: Date) => (Number.isNaN(date.getTime()) ? '--:--:--' : date.toTimeString().slice(0, 8));

function show(value: unknown): string {
  if (typeof value === 'string') return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
  return JSON.stringify(value);
}
