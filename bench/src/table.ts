import { format } from 'prettier';

/** A Markdown table, formatted as in our pages. The first column is text, the others are numbers. */
export async function table(header: readonly string[], rows: readonly (readonly string[])[]): Promise<string> {
  const lines = [header, header.map((_, column) => (column === 0 ? '---' : '--:')), ...rows];
  return format(lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n'), { parser: 'markdown', printWidth: Infinity });
}

/** The number as in `1,234`, or with decimals; a dash for a missing or an infinite one. */
export const figure = (value: number, decimals = 0): string =>
  Number.isFinite(value) ? value.toLocaleString('en', { minimumFractionDigits: decimals, maximumFractionDigits: decimals }) : '–';

/** Both numbers, and the ratio of the second to the first. */
export const ratioCells = (base: number, value: number, decimals = 0): readonly string[] => [
  figure(base, decimals),
  figure(value, decimals),
  figure(value / base, 2),
];
