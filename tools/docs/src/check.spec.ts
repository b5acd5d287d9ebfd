import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { faultsIn, markdownFiles } from './check.ts';
import { brokenLinks } from './links.ts';
import { reanchor } from './reanchor.ts';

const repository = resolve(import.meta.dirname, '../../..');

describe('the documentation of this repository', () => {
  it.each(markdownFiles(repository))('%s links to current lines, and quotes current code', (file) => {
    expect(faultsIn(repository, file)).toEqual([]);
  });
});

describe('a page', () => {
  let root: string;
  const write = (file: string, text: string) => {
    writeFileSync(join(root, file), text);
  };
  const faults = (text: string) => {
    write('docs/page.md', text);
    return faultsIn(root, 'docs/page.md');
  };

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'reputable-docs-'));
    mkdirSync(join(root, 'docs'));
    write('code.ts', 'const one = 1;\n\nexport const two = () => {\n  return one + one;\n};\n');
    write('docs/other.md', '# Other page\n\n## Why `two`, and not three?\n\n## Twice\n\n## Twice\n');
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  it('may link to files, folders, headings and other sites', () => {
    const links = ['../code.ts', '../docs', 'other.md#why-two-and-not-three', 'other.md#twice-1', '#here', 'https://example.com/nowhere'];
    write('docs/page.md', `# Here\n\n${links.map((link) => `[a](${link})`).join('\n')}\n\n\`[a](nowhere.md)\`\n`);
    expect(brokenLinks(root, ['docs/page.md', 'docs/other.md'])).toBe('');
  });

  it('must not link to a file or heading that does not exist', () => {
    write(
      'docs/page.md',
      '[a](gone.md) [a\nb](gone2.md) [a][b] [a](other.md#three) [a](../code.ts#two) [a](gone.ts#L3)\n\n[b]: gone3.md\n',
    );
    const faults = brokenLinks(root, ['docs/page.md', 'docs/other.md']);
    expect([...faults.matchAll(/Cannot find (?:file|heading for) `(\S+)`/g)].map(([, target]) => target).sort()).toEqual(
      ['#three', '#two', 'gone.md', 'gone.ts', 'gone2.md', 'gone3.md'].sort(),
    );
  });

  it('must not contain a merge conflict', () => {
    expect(faults('# Page\n\n<<<<<<< ours\none\n=======\ntwo\n>>>>>>> theirs\n')).toEqual([
      'docs/page.md:3: A merge conflict is not resolved.',
      'docs/page.md:7: A merge conflict is not resolved.',
    ]);
  });

  it.each([
    ['a line', '[`two`](../code.ts#L3)'],
    ['lines', '[the function](../code.ts#L3-L5)'],
    ['nowhere, in code', '`[a](../code.ts#L9)`\n\n```md\n[a](../code.ts#L9)\n```'],
    ['quoted code', '```ts file=code.ts\nexport const two = () => {\n  return one + one;\n```'],
  ])('may refer to %s', (_, text) => {
    expect(faults(text)).toEqual([]);
  });

  it.each([
    ['lines after the end', '[a](../code.ts#L5-L6)', '../code.ts#L5-L6 has no such lines.'],
    ['a line that the code has left', '[`two`](../code.ts#L1)', '../code.ts#L1 does not contain two.'],
    ['a line with a longer name', '[`tw`](../code.ts#L3)', '../code.ts#L3 does not contain tw.'],
    ['code that has changed', '```ts file=code.ts\nreturn one + two;\n```', 'code.ts does not contain the quoted code.'],
    ['code of no file', '```ts file=gone.ts\n1\n```', 'gone.ts is quoted and does not exist.'],
  ])('must not refer to %s', (_, text, fault) => {
    expect(faults(text)).toEqual([expect.stringMatching(/^docs\/page\.md:\d: /)]);
    expect(faults(text)[0]).toContain(fault);
  });

  it('follows code that has moved', () => {
    write('docs/page.md', '[`two`](../code.ts#L1) [`return one`](../code.ts#L1-L2)');
    reanchor(root, 'docs/page.md');
    expect(readFileSync(join(root, 'docs/page.md'), 'utf8')).toBe('[`two`](../code.ts#L3) [`return one`](../code.ts#L4-L5)');
  });
});
