/**
 * The text with other lines between the comments `generated: <name>` and `end of <name>`.
 *
 * @throws {Error} in one line if the text lacks these comments
 */
export function withRegion(file: string, text: string, name: string, lines: readonly string[]): string {
  const region = new RegExp(`^([^\\n]*\\bgenerated: ${name}\\b[^\\n]*\\n)[^]*?^([^\\n]*\\bend of ${name}\\b)`, 'm');
  if (!region.test(text)) throw new Error(`${file} lacks the comments "generated: ${name}" and "end of ${name}".`);
  return text.replace(region, (_, start: string, end: string) => `${start}${lines.map((line) => `${line}\n`).join('')}${end}`);
}
