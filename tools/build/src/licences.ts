import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const LICENCE = /^(licen[cs]e|copying|notice)\b/i;

/** The fields of an installed package's package.json that a bundle repeats. */
export interface Library {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

/** Reads the package.json of the package in a folder. */
export const libraryIn = async (folder: string): Promise<Library> =>
  JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Library;

/** The licences of the packages in these folders: most demand that copies of their code come with the text. */
export async function licencesOf(folders: readonly string[]): Promise<string> {
  const texts = await Promise.all(
    folders.map(async (folder) => {
      const { name, version, license = 'no licence named' } = await libraryIn(folder);
      const files = (await readdir(folder)).filter((file) => LICENCE.test(file)).sort();
      const contents = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
      return [`${name} ${version} (${license})`, ...contents.map((text) => text.trim())].join('\n\n');
    }),
  );
  return `${texts.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}
