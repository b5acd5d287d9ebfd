/** A setting in .env.example. */
export interface Example {
  readonly name: string;
  readonly value: string;
  /** Whether it is required. An optional setting is in a comment. */
  readonly required: boolean;
}

const BLOCK = /^# == (.+) ==$/m;
const SETTING = /^(#?)([A-Z][A-Z0-9_]*)=(.*)$/gm;

/** The settings of .env.example by the name of their block, as in `# == post ==`. */
export function readExamples(text: string): ReadonlyMap<string, readonly Example[]> {
  const [, ...parts] = text.split(BLOCK);
  return new Map(parts.flatMap((name, index) => (index % 2 === 0 ? [[name, settingsIn(parts[index + 1] ?? '')] as const] : [])));
}

const settingsIn = (block: string): Example[] =>
  [...block.matchAll(SETTING)].map(([, comment, name = '', value = '']) => ({ name, value, required: comment === '' }));
