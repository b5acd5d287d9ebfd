import { swcOptions } from '@reputable/run/swc';
import { transformSync } from '@swc/core';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

/** Why a file cannot be run whatever it says, or undefined: with it, all services that it is a part of would end in vain. */
export async function syntaxFault(root: string, file: string): Promise<string | undefined> {
  const path = join(root, file);
  if (!existsSync(path)) return undefined;
  try {
    const text = await readFile(path, 'utf8');
    if (file.endsWith('.ts')) transformSync(text, { ...swcOptions, filename: path });
    if (file.endsWith('.json')) JSON.parse(text);
    return undefined;
  } catch (error) {
    return stripVTControlCharacters((error as Error).message).trim();
  }
}
