import { globSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { settingDocs } from './docstrings.ts';

/** A setting of an app, from its schema. */
export interface Setting {
  readonly name: string;
  /** Its purpose, in a sentence; empty if it has no docstring. */
  readonly what: string;
  readonly required: boolean;
  /** Its default, if it has one. */
  readonly preset: string | undefined;
}

/** The settings of each app, in the order of its schema. */
export async function readSettings(root: string): Promise<ReadonlyMap<string, readonly Setting[]>> {
  const files = globSync('apps/*/src/config.ts', { cwd: root }).sort();
  const docs = settingDocs(root, files);
  const all = files.map(async (file) => {
    // A dynamic import, as lint forbids to import an app.
    const { Config } = (await import(join(root, file))) as { readonly Config: z.ZodObject };
    const told = docs.get(file);
    const settings = Object.entries(Config.shape).map(([name, schema]) => settingOf(name, schema as z.ZodType, told?.get(name)));
    return [file.split('/')[1] ?? '', settings] as const;
  });
  return new Map(await Promise.all(all));
}

function settingOf(name: string, schema: z.ZodType, told: string | undefined): Setting {
  const absent = schema.safeParse(undefined);
  // A default of a setting is a string, a number or a boolean.
  const value = absent.data as string | number | boolean | undefined;
  const preset = value === undefined ? undefined : String(value);
  return { name, what: told || whatIsMissing(absent.error?.issues[0]?.message), required: !absent.success, preset };
}

/** The purpose of a setting without a docstring, from the error of a missing one: `is missing: where … listens.` */
function whatIsMissing(message = ''): string {
  const what = /^is missing: (.*)$/.exec(message)?.[1] ?? '';
  return `${what.charAt(0).toUpperCase()}${what.slice(1)}`;
}
