import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const REMARK = join(import.meta.dirname, '../../../node_modules/.bin/remark');
const CONFIG = join(import.meta.dirname, '../remark.config.js');

/** The links of Markdown files to files and headings that do not exist, as remark prints them; empty if there are none. */
export function brokenLinks(root: string, files: readonly string[]): string {
  const options = ['--rc-path', CONFIG, '--no-ignore', '--no-stdout', '--no-color', '--frail', '--quiet'];
  const { status, stderr } = spawnSync(process.execPath, [REMARK, ...options, ...files], { cwd: root, encoding: 'utf8' });
  return status === 0 ? '' : stderr.trim();
}
