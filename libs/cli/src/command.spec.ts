import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CliError, UsageError } from './cli-error.ts';
import { runCommand } from './command.ts';
import { patiently } from './patiently.ts';

let out: string;
let err: string;
beforeEach(() => {
  out = err = '';
  const write = (take: (text: string) => void) => (text: string | Uint8Array) => {
    take(String(text));
    return true;
  };
  jest.spyOn(process.stdout, 'write').mockImplementation(write((text) => (out += text)));
  jest.spyOn(process.stderr, 'write').mockImplementation(write((text) => (err += text)));
});
afterEach(() => {
  jest.restoreAllMocks();
  process.exitCode = 0;
});

/** Runs a greeting command and returns its result. */
async function greet(...args: string[]) {
  process.exitCode = 0;
  await runCommand(
    {
      name: 'npm run greet',
      help: 'npm run greet -- <name> [--times <n>]\n',
      options: { times: { type: 'string' } },
      words: 1,
      failures: ['RangeError'],
      run: ({ times = '1' }, [name]) => {
        if (name === undefined) throw new UsageError('Whom?');
        if (name === 'nobody') throw new CliError('There is nobody.');
        if (name === 'somebody') throw new TypeError('A mistake of ours.');
        process.stdout.write(`Hello ${name}. `.repeat(Number(times)));
      },
    },
    args,
  );
  return { code: process.exitCode, out, err };
}

describe('a command', () => {
  it.each([
    ['runs with options and arguments', ['you', '--times', '2'], { code: 0, out: 'Hello you. Hello you. ', err: '' }],
    ['helps', ['--help'], { code: 0, out: 'npm run greet -- <name> [--times <n>]\n', err: '' }],
    ['prints help with any other arguments', ['a', 'b', '--nonsense', '-h'], { code: 0, err: '' }],
    ['says what is missing', [], { code: 2, out: '', err: 'Whom? Try npm run greet -- --help\n' }],
    ['takes words that begin with a dash', ['-k_you', '--times', '2'], { code: 0, out: 'Hello -k_you. Hello -k_you. ', err: '' }],
    ['knows how many of them it takes', ['-you', '-me'], { code: 2, err: 'Unexpected argument: -me. Try npm run greet -- --help\n' }],
    ['knows its options', ['you', '--loud'], { code: 2, err: "Unknown option '--loud'. Try npm run greet -- --help\n" }],
    ['knows how many words it takes', ['you', 'me'], { code: 2, err: 'Unexpected argument: me. Try npm run greet -- --help\n' }],
    ['prints a CliError in one line', ['nobody'], { code: 1, out: '', err: 'There is nobody.\n' }],
    ['prints listed errors in one line', ['you', '--times', '-1'], { code: 1, err: 'Invalid count value: -1\n' }],
    [
      'misses what belongs to an option',
      ['you', '--times'],
      { code: 2, err: "Option '--times <value>' argument missing. Try npm run greet -- --help\n" },
    ],
  ])('%s', async (_, args, expected) => {
    expect(await greet(...args)).toMatchObject(expected);
  });

  it('prints the stack of an unexpected error', async () => {
    expect(await greet('somebody')).toMatchObject({ code: 1, err: expect.stringMatching(/^TypeError: A mistake of ours\.\n {4}at /) });
  });
});

describe('patiently', () => {
  it('prints repeated progress lines for slow work', async () => {
    const work = new Promise<string>((resolve) => setTimeout(resolve, 100, 'done'));
    expect(await patiently('Thinking', work, { firstMs: 10, againMs: 20 })).toBe('done');
    expect(err).toMatch(/^(Thinking … 0 s\n){2,}$/);
  });

  it('prints nothing for fast work', async () => {
    expect(await patiently('Thinking', Promise.resolve('done'))).toBe('done');
    expect(err).toBe('');
  });
});
