/** A setting as .env.example has it. */
export interface Example {
  readonly name: string;
  readonly value: string;
  /** Whether it must be set: those that may be stand in a comment. */
  readonly required: boolean;
}

const BLOCK = /^# == (.+) ==$/m;
const SETTING = /^(#?)([A-Z][A-Z0-9_]*)=(.*)$/gm;

/** Reads .env.example: the settings of each block, by the name it begins with, as in `# == post ==`. */
export function readExamples(text: string): ReadonlyMap<string, readonly Example[]> {
  const [, ...parts] = text.split(BLOCK);
  return new Map(parts.flatMap((name, index) => (index % 2 === 0 ? [[name, settingsIn(parts[index + 1] ?? '')] as const] : [])));
}

const settingsIn = (block: string): Example[] =>
  [...block.matchAll(SETTING)].map(([, comment, name = '', value = '']) => ({ name, value, required: comment === '' }));
