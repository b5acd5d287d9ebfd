import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { CliError } from '@reputable/cli';
import { INSTALLATION_TIMEOUT, onDemand } from '@reputable/on-demand';
import { check, generate } from './contract.ts';

const root = resolve(import.meta.dirname, '../../..');
const post = 'proto/reputable/post/v1/post.proto';
let folder: string;

beforeAll(() => void onDemand('buf'), INSTALLATION_TIMEOUT);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reputable-contract-'));
  for (const path of ['buf.yaml', 'buf.gen.yaml', 'proto', 'libs/contracts/src/gen', 'docs/access.md', 'docs/errors.md']) {
    cpSync(join(root, path), join(folder, path), { recursive: true });
  }
});
afterEach(() => rmSync(folder, { recursive: true }));

const edit = (file: string, change: (text: string) => string): void => {
  const path = join(folder, file);
  const before = readFileSync(path, 'utf8');
  const after = change(before);
  expect(after).not.toBe(before);
  writeFileSync(path, after);
};

/** The rule of the rpc that follows `rpc <name>(`, replaced. */
const withRule = (rpc: string, rule: string) => (text: string) =>
  text.replace(new RegExp(`(rpc ${rpc}\\([^]*?)option \\(reputable\\.access\\.v1\\.access\\) = \\{[^]*?\\n {4}\\};`), `$1${rule}`);

const problemsOf = (command: (folder: string) => void): string => {
  try {
    command(folder);
    return '';
  } catch (problem) {
    if (problem instanceof CliError) return problem.message;
    throw problem;
  }
};

describe('the contract', () => {
  it('is sound, and what is generated from it is current', () => {
    expect(problemsOf(check)).toBe('');
  });

  it('must not break what was released', () => {
    edit(post, (text) => text.replace('string title = 3;', 'int32 title = 3;'));
    expect(problemsOf(check)).toMatch(/post\.proto:\d+:\d+:Field "3" .* changed type from "string" to "int32"/);
  });

  it('must have a comment on everything', () => {
    edit(post, (text) => text.replace('  // GetPost gets one post.\n', ''));
    expect(problemsOf(check)).toContain('RPC "GetPost" should have a non-empty comment');
  });

  it('must have an access rule on every rpc', () => {
    edit(post, withRule('GetPost', ''));
    edit(post, withRule('UpvotePost', ''));
    expect(problemsOf(generate)).toBe(
      'reputable.post.v1.PostService/GetPost has no access rule.\nreputable.post.v1.PostService/UpvotePost has no access rule.',
    );
  });

  it.each([
    ['without callers', '{ anyone: true }', 'without callers'],
    ['for nobody', '{ callers: "gateway" }', 'does not say who'],
    ['that denies itself', '{ anyone: false callers: "gateway" }', 'says anyone: false'],
  ])('must have no rule %s', (_, rule, problem) => {
    edit(post, withRule('GetPost', `option (reputable.access.v1.access) = ${rule};`));
    expect(problemsOf(check)).toContain(problem);
  });
});

describe('check', () => {
  it('names the pages that are not current, and writes nothing', () => {
    edit(post, (text) => text.replace('min_reputation: 15', 'min_reputation: 16'));
    edit('proto/reputable/post/v1/reason.proto', (text) => text.replace('The post does not exist', 'No user wrote the post'));
    const page = readFileSync(join(folder, 'docs/access.md'), 'utf8');
    const problems = problemsOf(check);
    expect(problems).toContain('docs/access.md is not current.');
    expect(problems).toContain('docs/errors.md is not current.');
    expect(readFileSync(join(folder, 'docs/access.md'), 'utf8')).toBe(page);
  });

  it('names generated code that was edited, is missing or left over', () => {
    edit('libs/contracts/src/gen/reputable/post/v1/post_pb.ts', (text) => `${text}\n`);
    rmSync(join(folder, 'libs/contracts/src/gen/reputable/user/v1/user_pb.ts'));
    writeFileSync(join(folder, 'libs/contracts/src/gen/reputable/old_pb.ts'), '');
    expect(problemsOf(check).split('\n')).toEqual([
      'libs/contracts/src/gen/reputable/old_pb.ts is not current. Run `npm run proto`.',
      'libs/contracts/src/gen/reputable/post/v1/post_pb.ts is not current. Run `npm run proto`.',
      'libs/contracts/src/gen/reputable/user/v1/user_pb.ts is not current. Run `npm run proto`.',
    ]);
  });
});

describe('generate', () => {
  it('brings everything up to date', () => {
    edit(post, (text) => text.replace('min_reputation: 15', 'min_reputation: 16'));
    generate(folder);
    expect(problemsOf(check)).toBe('');
    expect(readFileSync(join(folder, 'docs/access.md'), 'utf8')).toContain(
      "| UpvotePost | signed in, 16 reputation, scope votes:write | gateway | not the user's own post |",
    );
  });
});
