import { describe, expect, it } from '@jest/globals';
import { missingFrom, stepsOf } from './steps.ts';

const PAGE = `# Page

\`\`\`sh start
npm start
\`\`\`

It says:

\`\`\`text
ready after … s
\`\`\`

\`\`\`sh
one
two
\`\`\`

\`\`\`ts
const three = 3;
\`\`\`

<!-- Ctrl-C -->

\`\`\`sh refused
four
\`\`\`
`;

describe('a page', () => {
  it('has steps, in order', () => {
    expect(stepsOf(PAGE)).toEqual([
      { line: 3, kind: 'start', code: 'npm start', expected: ['ready after … s'] },
      { line: 13, kind: 'run', code: 'one\ntwo', expected: [] },
      { line: 22, kind: 'stop', code: '', expected: [] },
      { line: 24, kind: 'refused', code: 'four', expected: [] },
    ]);
  });

  it('refuses output without a command', () => {
    expect(() => stepsOf('```text\nhello\n```\n')).toThrow('Line 1 has output without a command.');
    expect(() => stepsOf('```sh\nls\n```\n```ts\n1\n```\n```text\nhello\n```\n')).toThrow('Line 7 has output without a command.');
  });
});

describe('output', () => {
  const output = 'first\n  second of 2 (two)\nthird\n';

  it.each([[['first', 'third']], [['second of … (two)']], [['…of 2…', 'third']], [[]]])('has %j', (expected) => {
    expect(missingFrom(output, expected)).toBeUndefined();
  });

  it.each([
    [['third', 'first'], 'first'],
    [['first', 'first'], 'first'],
    [['second'], 'second'],
    [['second of . (two)'], 'second of . (two)'],
  ])('has not %j, for want of %s', (expected, missing) => {
    expect(missingFrom(output, expected)).toBe(missing);
  });
});
