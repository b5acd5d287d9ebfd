import { describe, expect, it } from '@jest/globals';
import { checkingLine, listedLines, refusingLine } from './deciding-lines.ts';
import { placeOf } from './named-line.ts';
import { ruleOf } from './rule-line.ts';
import { sourcePage } from './source-page.ts';

describe('a line that the page names', () => {
  it.each(listedLines().map((line) => [line.file, line.text] as const))('is in %s: %s', (file, text) => {
    expect(placeOf({ file, text }).line).toBeGreaterThan(1);
    expect(sourcePage(file)?.body.text).toContain('<li id="L1">');
  });

  it('is not guessed if the file has none, or several', () => {
    expect(() => placeOf({ file: 'libs/auth/src/access/decide.ts', text: 'no such text' })).toThrow('has 0 lines with "no such text"');
    expect(() => placeOf({ file: 'libs/auth/src/access/decide.ts', text: 'return' })).toThrow(/has \d+ lines with "return", not one/);
  });

  it.each(['__proto__', 'constructor'])('does not exist for %s', (name) => {
    expect(refusingLine('vote', name)).toBeUndefined();
    expect(checkingLine(name)).toBeUndefined();
  });
});

describe('the rule of an rpc', () => {
  it('is found in the contract', () => {
    expect(ruleOf('/reputable.post.v1.PostService/UpvotePost')).toMatchObject({
      file: 'proto/reputable/post/v1/post.proto',
      text: 'signed_in: { min_reputation: 15 scopes: "votes:write" } callers: "gateway"',
    });
    expect(ruleOf('/reputable.auth.v1.AuthService/ExchangeToken')?.file).toBe('proto/reputable/auth/v1/auth.proto');
    expect(ruleOf('/grpc.health.v1.Health/Check')).toBeUndefined();
    expect(ruleOf('/reputable.post.v1.PostService/NoSuchRpc')).toBeUndefined();
  });
});

describe('a page with a file', () => {
  it.each([
    '../.env',
    'proto/../package.json',
    'apps/auth/src/../package.json',
    '.data/demo.json',
    'package.json',
    'libs/auth/src/no-such.ts',
  ])('does not exist for %s', (file) => {
    expect(sourcePage(file)).toBeUndefined();
  });

  it('escapes the text of the file', () => {
    expect(sourcePage('libs/auth/src/call/client.ts')?.body.text).toContain('Client&lt;S&gt;');
  });
});
