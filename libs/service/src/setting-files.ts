import { readFileSync } from 'node:fs';

/** The settings read from files, and the faults of unreadable files, by setting. */
export interface SettingFiles {
  readonly values: Readonly<Record<string, string>>;
  readonly faults: ReadonlyMap<string, string>;
}

/** Reads the files named by the environment: DATABASE_URL_FILE for DATABASE_URL. */
export function readSettingFiles(names: readonly string[], env: NodeJS.ProcessEnv): SettingFiles {
  const values: Record<string, string> = {};
  const faults = new Map<string, string>();
  for (const name of names) {
    const file = env[`${name}_FILE`];
    if (file === undefined) continue;
    try {
      if (env[name] !== undefined) throw new Error(`${name} and ${name}_FILE are both set. Unset one of them.`);
      values[name] = read(`${name}_FILE`, file);
    } catch (error) {
      faults.set(name, (error as Error).message);
    }
  }
  return { values, faults };
}

function read(setting: string, file: string): string {
  if (file === '') throw new Error(`${setting} is empty. Set it to the path of a file.`);
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'does not exist. Run the `secrets` step first.' : `cannot be read (${code}).`;
    throw new Error(`${setting} names ${file}, which ${why}`, { cause: error });
  }
}
