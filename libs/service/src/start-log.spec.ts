import { expect, it, jest } from '@jest/globals';
import { StartLog } from './start-log.ts';

it('prints a message with fields in one line, as "message {fields}"', () => {
  const lines: string[] = [];
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
  try {
    new StartLog().warn({ msg: 'issuer trusted with weaker checks', issuer: 'https://a.example' }, 'issuers');
  } finally {
    write.mockRestore();
  }
  expect(lines.join('')).toMatch(/WARN \[issuers\] issuer trusted with weaker checks \{"issuer":"https:\/\/a\.example"\}\n$/);
});
