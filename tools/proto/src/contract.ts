import { CliError } from '@reputable/cli';
import { registry } from '@reputable/contracts/registry';
import { SUMS, sumsOf } from '@reputable/run/contract';
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { accessPage } from './access-page.ts';
import { buf } from './buf.ts';
import { callFaults, forwardingFaults } from './calls.ts';
import { errorsPage } from './errors-page.ts';
import { withRules } from './graphql-descriptions.ts';
import { filesOf, readFiles } from './image.ts';
import { optionFaults } from './options.ts';
import { rpcsOf } from './rpc.ts';

/** The released contract. A change must not break it. */
const RELEASED = 'proto/released.binpb';
const CODE = 'libs/contracts/src/gen';
/** The GraphQL schema. The descriptions of its fields have the rules. */
const SCHEMAS = 'apps/gateway/src/**/*.graphql';

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
  writeFileSync(join(folder, SUMS), sumsOf(folder));
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
    if (stale.length === 0 && content(folder, SUMS) !== sumsOf(folder)) stale.push(SUMS);
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

/** The generated pages, and the schemas with their generated sentences, by their paths; after lint and the check for breaking changes. */
const approvedPages = (folder: string): ReadonlyMap<string, string> => {
  buf(folder, 'lint');
  buf(folder, 'breaking', '--against', RELEASED);
  const files = readFiles(folder);
  // First: without its option, no rpc has a rule.
  refuse(optionFaults(filesOf(readFileSync(join(folder, RELEASED))), files));
  const rpcs = rpcsOf(files);
  refuse(callFaults(registry, rpcs));
  refuse(forwardingFaults(registry, rpcs));
  const schemas = globSync(SCHEMAS, { cwd: folder }).sort();
  return new Map([
    ['docs/access.md', accessPage(rpcs)],
    ['docs/errors.md', errorsPage(files)],
    ...schemas.map((file) => [file, withRules(readFileSync(join(folder, file), 'utf8'), rpcs)] as const),
  ]);
};

const refuse = (faults: readonly string[]): void => {
  if (faults.length > 0) throw new CliError(faults.join('\n'));
};

const content = (root: string, file: string): string | undefined => {
  const path = join(root, file);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
};
