import { CliError } from '@reputable/cli';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Narrator } from './narrator.ts';

let text: string;
let tell: Narrator;
beforeEach(() => {
  text = '';
  tell = new Narrator((more) => (text += more), false);
});

const counted = () => Promise.resolve({ id: 'a post', score: 1 });
const tooLow = () =>
  Promise.reject(
    Object.assign(new Error('This needs 15 reputation; you have 1.'), {
      code: 'PERMISSION_DENIED',
      reason: 'REPUTATION_TOO_LOW',
      metadata: { actual: '1', required: '15' },
    }),
  );

describe('a step that goes as it must', () => {
  it('is told with what was decided, and hands on what the story needs', async () => {
    tell.chapter('Votes');
    await expect(tell.allowed('Carol', 'upvotes', counted, { score: 1 })).resolves.toMatchObject({ id: 'a post' });
    await tell.refused('Ben', 'upvotes', tooLow, 'REPUTATION_TOO_LOW', { required: '15', actual: '1' });
    expect(text.replaceAll(/ {3,}/g, ' | ')).toBe(
      `
1. Votes
 | Carol | upvotes | allowed  score 1
 | Ben | upvotes | refused
 | PERMISSION_DENIED REPUTATION_TOO_LOW: This needs 15 reputation; you have 1. (required 15, actual 1)
`,
    );
    expect(tell.steps).toBe(2);
  });

  it('may have one of several reasons', async () => {
    await tell.refused('Ben', 'upvotes', tooLow, ['OWN_POST', 'REPUTATION_TOO_LOW'], { required: '15', actual: '1' });
    expect(tell.steps).toBe(1);
  });
});

describe('a step that goes otherwise ends the story, and is told with what was expected', () => {
  it.each<[string, () => Promise<unknown>, string, string]>([
    ['allowed', () => tell.refused('Ben', 'votes', counted, 'OWN_POST'), 'refused OWN_POST', 'allowed'],
    [
      'refused',
      () => tell.allowed('Ben', 'votes', tooLow, { score: 1 }),
      'allowed score 1',
      'refused REPUTATION_TOO_LOW (required 15, actual 1)',
    ],
    ['other facts', () => tell.allowed('Ben', 'votes', counted, { score: 2 }), 'allowed score 2', 'allowed score 1'],
    [
      'none of several reasons',
      () => tell.refused('Ben', 'votes', tooLow, ['OWN_POST', 'NOT_YOUR_POST']),
      'refused OWN_POST or NOT_YOUR_POST',
      'refused REPUTATION_TOO_LOW',
    ],
    ['another reason', () => tell.refused('Ben', 'votes', tooLow, 'OWN_POST'), 'refused OWN_POST', 'refused REPUTATION_TOO_LOW'],
    [
      'something else missing',
      () => tell.refused('Ben', 'votes', tooLow, 'REPUTATION_TOO_LOW', { required: '125', actual: '1' }),
      '(required 125, actual 1)',
      '(required 15, actual 1)',
    ],
  ])('%s', async (_how, step, expected, actual) => {
    await expect(step()).rejects.toThrow(CliError);
    expect(text).toMatch(/expected: /);
    expect(text.split('expected: ')[1]).toContain(expected);
    expect(text.split('actual:   ')[1]).toContain(actual);
    expect(tell.steps).toBe(0);
  });
});
