import { PALETTE } from '@reputable/page';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, 'browser');
/** Whether this code runs from source, without a build. */
const FROM_SOURCE = import.meta.filename.endsWith('.ts');

/** The style sheet of the page, with the colours of all our pages. */
export const styleSheet = async (): Promise<string> => `${PALETTE}\n${await readFile(join(FOLDER, 'style.css'), 'utf8')}`;

/** A script of the page, as JavaScript. @param name its file, without the extension */
export async function browserModule(name: string): Promise<string> {
  if (!FROM_SOURCE) return (await readFile(join(FOLDER, `${name}.js`), 'utf8')).replace(/^\/\/# sourceMappingURL=.*$/m, '');
  // Only here, as they are the compiler.
  const [{ transform }, { swcOptions }] = await Promise.all([import('@swc/core'), import('@reputable/run/swc')]);
  const { code } = await transform(await readFile(join(FOLDER, `${name}.ts`), 'utf8'), { ...swcOptions, sourceMaps: false });
  return code.replace(/(from '\.\/[\w-]+)\.ts'/g, "$1.js'").replace(/(from "\.\/[\w-]+)\.ts"/g, '$1.js"');
}
