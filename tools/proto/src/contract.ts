import { CliError } from '@reputable/cli';
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { accessPage } from './access-page.ts';
import { buf } from './buf.ts';
import { errorsPage } from './errors-page.ts';
import { readFiles } from './image.ts';
import { rpcsOf } from './rpc.ts';

/** The released contract. A change must not break it. */
const RELEASED = 'proto/released.binpb';
const CODE = 'libs/contracts/src/gen';

/**
 * Lints the contract in a folder, compares it with the released one, and writes what is generated from it.
 *
 * @throws {CliError} before it writes anything, if the contract breaks a rule
 */
export const generate = (folder: string): void => {
  const pages = approvedPages(folder);
  buf(folder, 'generate');
  for (const [path, page] of pages) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), page);
  }
};

/**
 * Checks the contract like `generate`, and writes nothing.
 *
 * @throws {CliError} if the contract breaks a rule, or a generated file is missing, left over or not current
 */
export const check = (folder: string): void => {
  const pages = approvedPages(folder);
  const scratch = mkdtempSync(join(tmpdir(), 'reputable-proto-'));
  try {
    buf(folder, 'generate', '-o', scratch);
    const files = new Set([folder, scratch].flatMap((root) => globSync(`${CODE}/**/*.ts`, { cwd: root })));
    const stale = [...files].sort().filter((file) => content(folder, file) !== content(scratch, file));
    stale.push(...[...pages].flatMap(([path, page]) => (content(folder, path) === page ? [] : [path])));
    if (stale.length > 0) throw new CliError(stale.map((file) => `${file} is not current. Run \`npm run proto\`.`).join('\n'));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
};

/** Releases the current contract: later changes must not break it. */
export const release = (folder: string): void => {
  buf(folder, 'lint');
  buf(folder, 'build', '--exclude-source-info', '-o', RELEASED);
};

/** The generated pages by their paths, after lint and the check for breaking changes. */
const approvedPages = (folder: string): ReadonlyMap<string, string> => {
  buf(folder, 'lint');
  buf(folder, 'breaking', '--against', RELEASED);
  const files = readFiles(folder);
  return new Map([
    ['docs/access.md', accessPage(rpcsOf(files))],
    ['docs/errors.md', errorsPage(files)],
  ]);
};

const content = (root: string, file: string): string | undefined => {
  const path = join(root, file);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
};
