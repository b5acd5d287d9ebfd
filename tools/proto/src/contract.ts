import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { accessPage } from './access-page.ts';
import { buf, ContractProblem } from './buf.ts';
import { readRpcs } from './rpc.ts';

export { ContractProblem } from './buf.ts';

/** The contract as it was last released: what a change is measured against. */
const RELEASED = 'proto/released.binpb';
const CODE = 'libs/contracts/src/gen';
const PAGE = 'docs/access.md';

/**
 * Lints the contract in a folder, compares it with the released one, and writes what is generated from it.
 *
 * @throws {ContractProblem} before anything is written, when the contract is not as it must be.
 */
export const generate = (folder: string): void => {
  const page = approvedPage(folder);
  buf(folder, 'generate');
  mkdirSync(join(folder, dirname(PAGE)), { recursive: true });
  writeFileSync(join(folder, PAGE), page);
};

/**
 * The same as `generate`, without writing.
 *
 * @throws {ContractProblem} also when a generated file is missing, left over, or not what would be generated now.
 */
export const check = (folder: string): void => {
  const page = approvedPage(folder);
  const scratch = mkdtempSync(join(tmpdir(), 'reputable-proto-'));
  try {
    buf(folder, 'generate', '-o', scratch);
    const files = new Set([folder, scratch].flatMap((root) => globSync(`${CODE}/**/*.ts`, { cwd: root })));
    const stale = [...files].sort().filter((file) => content(folder, file) !== content(scratch, file));
    if (content(folder, PAGE) !== page) stale.push(PAGE);
    if (stale.length > 0) throw new ContractProblem(stale.map((file) => `${file} is not current. Run \`npm run proto\`.`).join('\n'));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
};

/** Makes the contract as it is now the one that later changes must not break. */
export const release = (folder: string): void => {
  buf(folder, 'lint');
  buf(folder, 'build', '--exclude-source-info', '-o', RELEASED);
};

const approvedPage = (folder: string): string => {
  buf(folder, 'lint');
  buf(folder, 'breaking', '--against', RELEASED);
  return accessPage(readRpcs(folder));
};

const content = (root: string, file: string): string | undefined => {
  const path = join(root, file);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
};
