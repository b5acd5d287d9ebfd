import { root } from '@reputable/run/build';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SourceLine } from './named-line.ts';

/** A rule of the contract: its text, and its place. */
export interface ContractRule extends SourceLine {
  /** The text of the option, on one line. */
  readonly text: string;
}

const RULE = /option \(reputable\.access\.v1\.access\) = \{(.*?)\};/s;

/** The rule of an rpc, by its path: `/reputable.post.v1.PostService/UpvotePost`. Undefined for an rpc that is not in `proto/`. */
export function ruleOf(path: string): ContractRule | undefined {
  const [, parent = '', service = '', rpc = ''] = /^\/?([\w.]+)\.(\w+)\/(\w+)$/.exec(path) ?? [];
  for (const file of globSync(`proto/${parent.replaceAll('.', '/')}/*.proto`, { cwd: root })) {
    const source = readFileSync(join(root, file), 'utf8');
    const at = new RegExp(`^service ${service} \\{.*?^  rpc ${rpc}\\(`, 'ms').exec(source);
    if (!at) continue;
    const start = at.index + at[0].length;
    const rule = RULE.exec(source.slice(start, start + source.slice(start).search(/^ {2}\}/m)));
    if (!rule) continue;
    const line = source.slice(0, start + rule.index).split('\n').length;
    return { file, line, text: (rule[1] ?? '').trim().replace(/\s+/g, ' ') };
  }
  return undefined;
}
