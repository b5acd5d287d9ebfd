import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { CliError } from '@reputable/cli';
import { INSTALLATION_TIMEOUT, onDemand } from '@reputable/on-demand';
import { staleness } from '@reputable/run/contract';
import { check, generate } from './contract.ts';

const root = resolve(import.meta.dirname, '../../..');
const gen = 'libs/contracts/src/gen/reputable';
const post = 'proto/reputable/post/v1/post.proto';
let folder: string;

beforeAll(() => void onDemand('buf'), INSTALLATION_TIMEOUT);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reputable-contract-'));
  for (const path of [
    'buf.yaml',
    'buf.gen.yaml',
    'proto',
    'libs/contracts/src/gen',
    'docs/access.md',
    'docs/errors.md',
    'apps/gateway/src/schema.graphql',
  ]) {
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

  it('must keep the numbers of its options', () => {
    edit('proto/reputable/access/v1/access.proto', (text) => text.replace('= 50001', '= 50002'));
    expect(problemsOf(check)).toMatch(
      /^proto\/reputable\/access\/v1\/access\.proto:9: the option reputable\.access\.v1\.access has the number 50002, but is released with 50001:/,
    );
  });

  it('must accept the calls of the registry', () => {
    const withoutComment = (text: string) => text.replaceAll(/^ +callers: "comment"\n/gm, '').replaceAll(', "comment"', '');
    edit(post, withoutComment);
    expect(problemsOf(check)).toBe(
      'libs/contracts/src/registry/services.ts: comment calls post, but no rpc of reputable.post has "comment" among its callers. Add it there.',
    );
  });

  it('must accept the events of the registry', () => {
    edit('proto/reputable/comment/v1/comment.proto', (text) => text.replaceAll('callers: "post"', 'callers: "gateway"'));
    expect(problemsOf(check)).toBe(
      'libs/contracts/src/registry/services.ts: post informs comment, but no rpc of reputable.comment has "post" among its callers. Add it there.',
    );
  });

  it('must let services replace the Transaction Tokens that they forward', () => {
    edit('proto/reputable/auth/v1/auth.proto', (text) => text.replace('["gateway", "post", "comment"]', '["gateway", "post"]'));
    expect(problemsOf(check)).toBe(
      'proto/reputable/auth/v1/auth.proto: comment calls post with the user\'s token, but is not among the callers of IssueTransactionToken, which replaces Transaction Tokens. Add "comment" there.',
    );
  });

  it('must not let other services replace Transaction Tokens', () => {
    edit('proto/reputable/auth/v1/auth.proto', (text) =>
      text.replace('["gateway", "post", "comment"]', '["gateway", "user", "post", "comment"]'),
    );
    expect(problemsOf(check)).toBe(
      "proto/reputable/auth/v1/auth.proto: user is among the callers of IssueTransactionToken, but calls no service with the user's token. Remove it there.",
    );
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
    expect(problems).toContain('apps/gateway/src/schema.graphql is not current.');
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
    expect(staleness(folder)).not.toEqual([]);
    generate(folder);
    expect(staleness(folder)).toEqual([]);
    expect(problemsOf(check)).toBe('');
    expect(readFileSync(join(folder, 'docs/access.md'), 'utf8')).toContain(
      "| UpvotePost | signed in, 16 reputation, scope votes:write | gateway | not the user's own post |",
    );
    const schema = readFileSync(join(folder, 'apps/gateway/src/schema.graphql'), 'utf8');
    expect(schema).toContain('replaces your earlier vote. Needs 16 reputation."\n  upvotePost(');
  });

  it('adds a rule to a description of several lines, once', () => {
    const file = 'apps/gateway/src/schema.graphql';
    edit(file, (text) => text.replace(/ {2}"(.*)"\n {2}upvotePost\(/, '  """\n  $1\n\n  More.\n  """\n  upvotePost('));
    for (const reputation of [16, 17]) {
      edit(post, (text) => text.replace(/min_reputation: 1\d/, `min_reputation: ${String(reputation)}`));
      generate(folder);
      expect(readFileSync(join(folder, file), 'utf8')).toContain(
        `replaces your earlier vote.\n\n  More.\n  Needs ${String(reputation)} reputation.\n  """\n  upvotePost(`,
      );
    }
  });

  it.each<[string, string, (text: string) => string, string]>([
    ['a line that changed', post, (text) => text.replace('min_reputation: 15', 'min_reputation: 16'), `${post}:LINE changed after`],
    ['a new file', 'proto/reputable/post/v1/new.proto', () => 'syntax = "proto3";\n', 'proto/reputable/post/v1/new.proto:1 changed after'],
    ['lost lines at the end', post, (text) => text.trimEnd().replace(/\n[^\n]*$/, ''), `${post}:`],
    ['edited code', `${gen}/post/v1/post_pb.ts`, (text) => `${text}\n`, `${gen}/post/v1/post_pb.ts is not what npm run proto wrote.`],
    ['an edited page', 'docs/errors.md', (text) => `${text}\n`, 'docs/errors.md is not what npm run proto wrote.'],
  ])('is remembered: without buf, %s is named', (_, file, change, fault) => {
    expect(staleness(folder)).toEqual([]);
    const path = join(folder, file);
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    writeFileSync(path, change(text));
    const line = text.split('\n').findIndex((each) => each.includes('min_reputation: 15')) + 1;
    expect(staleness(folder)).toEqual([expect.stringContaining(fault.replace('LINE', String(line)))]);
  });

  it('is remembered: a file that was removed is named', () => {
    rmSync(join(folder, post));
    rmSync(join(folder, gen, 'post/v1/reason_pb.ts'));
    expect(staleness(folder)).toEqual([`${post} was removed, but its code was not.`, `${gen}/post/v1/reason_pb.ts is missing.`]);
  });

  it('is remembered: the files of a removed folder are named, but an image has no pages', () => {
    for (const path of ['proto/reputable/post', `${gen}/post`, 'docs']) rmSync(join(folder, path), { recursive: true });
    expect(staleness(folder)).toEqual([
      `${post} was removed, but its code was not.`,
      'proto/reputable/post/v1/reason.proto was removed, but its code was not.',
      `${gen}/post/v1/post_pb.ts is missing.`,
      `${gen}/post/v1/reason_pb.ts is missing.`,
    ]);
  });
});
