import { CliError } from '@reputable/cli';
import { root } from '@reputable/run/build';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A line of our code, named by a part of its text, so that it is found after the file has changed. */
export interface NamedLine {
  /** The path from the root of the workspace. */
  readonly file: string;
  readonly text: string;
}

/** The place of a line. */
export interface SourceLine {
  readonly file: string;
  readonly line: number;
}

/**
 * The place of a line in the file as it is now.
 *
 * @throws {CliError} if the file does not contain the text in exactly one line
 */
export function placeOf({ file, text }: NamedLine): SourceLine {
  const lines = readFileSync(join(root, file), 'utf8').split('\n');
  const found = lines.flatMap((line, index) => (line.includes(text) ? [index + 1] : []));
  const [line] = found;
  if (line === undefined || found.length > 1) throw new CliError(`${file} has ${String(found.length)} lines with "${text}", not one.`);
  return { file, line };
}
