/**
 * Finds out without buf, in some milliseconds, whether `npm run proto` was run after the last change of the contract or of its output. It keeps a
 * digest of each file in proto/generated.sum. The digest of a `.proto` file has three bytes for each line, so that a changed line can be named.
 */
import { Buffer } from 'node:buffer';
import { hash } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

/** The file with the digests, relative to the workspace. */
export const SUMS = 'proto/generated.sum';

const OUTPUT = ['libs/contracts/src/gen/**/*.ts', 'docs/{access,errors}.md'];
const LINE_BYTES = 3;

/** The content of {@link SUMS} for the files as they are: a line for each file, with its path and its digest. */
export function sumsOf(root) {
  const files = [...contractIn(root), ...OUTPUT.flatMap((pattern) => globSync(pattern, { cwd: root })).sort()];
  return files.map((file) => `${file} ${digestOf(root, file)}\n`).join('');
}

/** What is not current, a line for each file; empty if everything is. */
export function staleness(root) {
  const sums = recorded(root);
  const files = new Set([...contractIn(root), ...[...sums.keys()].filter((file) => isPresent(root, file))]);
  return [...files].flatMap((file) => faultOf(root, file, sums.get(file)) ?? []);
}

/** Ends this process with exit code 1 and one line for each fault if the generated code is not that of the contract. */
export function refuseStaleContract(root) {
  const faults = staleness(root);
  if (faults.length === 0) return;
  console.error([...faults, 'Run npm run proto.'].join('\n'));
  process.exit(1);
}

const contractIn = (root) => globSync('proto/**/*.proto', { cwd: root }).sort();

/** An image is built without docs. */
const isPresent = (root, file) => !file.startsWith('docs/') || existsSync(join(root, 'docs'));

function recorded(root) {
  const path = join(root, SUMS);
  const lines = existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
  return new Map(lines.map((line) => line.split(' ')));
}

function faultOf(root, file, sum) {
  const isContract = file.endsWith('.proto');
  if (!existsSync(join(root, file))) return isContract ? `${file} was removed, but its code was not.` : `${file} is missing.`;
  const digest = digestOf(root, file);
  if (digest === sum) return undefined;
  if (!isContract) return `${file} is not what npm run proto wrote.`;
  return `${file}:${sum === undefined ? 1 : firstChange(digest, sum)} changed after the code was generated from it.`;
}

function digestOf(root, file) {
  const text = readFileSync(join(root, file), 'utf8');
  return file.endsWith('.proto') ? digestOfLines(text.split('\n')) : hash('sha256', text, 'base64');
}

function digestOfLines(lines) {
  const bytes = Buffer.alloc(LINE_BYTES * lines.length);
  lines.forEach((line, index) => bytes.writeUIntBE(crc32(line) & 0xffffff, LINE_BYTES * index, LINE_BYTES));
  return bytes.toString('base64');
}

/** The number of the first line that differs. */
function firstChange(...digests) {
  const [now, before] = digests.map((digest) => Buffer.from(digest, 'base64').toString('hex').match(/.{6}/g) ?? []);
  return now.findIndex((line, index) => line !== before[index]) + 1 || now.length;
}
