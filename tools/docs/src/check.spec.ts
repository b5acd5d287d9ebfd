import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { faultsIn, markdownFiles } from './check.ts';
import { reanchor } from './reanchor.ts';

const repository = resolve(import.meta.dirname, '../../..');

describe('the documentation of this repository', () => {
  it.each(markdownFiles(repository))('%s leads where it says, and quotes what is there', (file) => {
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

  it.each([
    ['a file', '[code](../code.ts)'],
    ['a folder', '[all](../docs)'],
    ['a heading elsewhere', '[why](other.md#why-two-and-not-three)'],
    ['the second of two headings', '[again](other.md#twice-1)'],
    ['a heading of its own', '# Here\n\n[here](#here)'],
    ['a line', '[`two`](../code.ts#L3)'],
    ['lines', '[the function](../code.ts#L3-L5)'],
    ['somewhere else', '[site](https://example.com/nowhere)'],
    ['nowhere, in code', '`[a](nowhere.md)`\n\n```md\n[a](nowhere.md)\n```'],
    ['what is quoted', '```ts file=code.ts\nexport const two = () => {\n  return one + one;\n```'],
  ])('may lead to %s', (_, text) => {
    expect(faults(text)).toEqual([]);
  });

  it.each([
    ['a file that is not there', '[a](gone.md)', 'gone.md does not exist.'],
    ['a reference to one', '[a][b]\n\n[b]: gone.md', 'gone.md does not exist.'],
    ['a label over two lines', 'see [a\nb](gone.md)', 'gone.md does not exist.'],
    ['a file of another repository', '[a](../../etc)', '../../etc is outside of the repository.'],
    ['a heading that is not there', '[a](other.md#three)', 'other.md#three has no such heading.'],
    ['a heading of code', '[a](../code.ts#two)', '../code.ts#two has an anchor that is no line.'],
    ['lines after the end', '[a](../code.ts#L5-L6)', '../code.ts#L5-L6 has no such lines.'],
    ['a line that the code has left', '[`two`](../code.ts#L1)', '../code.ts#L1 does not begin with two.'],
    ['a line with a longer name', '[`tw`](../code.ts#L3)', '../code.ts#L3 does not begin with tw.'],
    ['code that is not there', '```ts file=code.ts\nreturn one + two;\n```', 'code.ts is quoted with what is not there.'],
    ['code of no file', '```ts file=gone.ts\n1\n```', 'gone.ts, which is quoted, does not exist.'],
  ])('must not have %s', (_, text, fault) => {
    expect(faults(text)).toEqual([expect.stringMatching(/^docs\/page\.md:\d: /)]);
    expect(faults(text)[0]).toContain(fault);
  });

  it('follows code that has moved', () => {
    write('docs/page.md', '[`two`](../code.ts#L1) [`return one`](../code.ts#L1-L2)');
    reanchor(root, 'docs/page.md');
    expect(readFileSync(join(root, 'docs/page.md'), 'utf8')).toBe('[`two`](../code.ts#L3) [`return one`](../code.ts#L4-L5)');
  });
});
