import { expect, it, jest } from '@jest/globals';
import { StartLog } from './start-log.ts';

/** What `work` prints on both streams. */
function printed(work: (log: StartLog) => void): string {
  const lines: string[] = [];
  const spies = [process.stdout, process.stderr].map((stream) =>
    jest.spyOn(stream, 'write').mockImplementation((text) => lines.push(String(text)) > 0),
  );
  try {
    work(new StartLog());
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return lines.join('');
}

it('prints a message with fields in one line, as "message {fields}"', () => {
  const text = printed((log) => log.warn({ msg: 'issuer trusted with weaker checks', issuer: 'https://a.example' }, 'issuers'));
  expect(text).toMatch(/WARN \[issuers\] issuer trusted with weaker checks \{"issuer":"https:\/\/a\.example"\}\n$/);
});

it('prints a failed attempt to connect to the database in one line, without its stack', () => {
  const { stack } = new Error('connect ECONNREFUSED 127.0.0.1:5432');
  const text = printed((log) => log.error('Unable to connect to the database. Retrying (1)...', stack, 'TypeOrmModule'));
  expect(text).toMatch(/^[^\n]* ERROR \[TypeOrmModule\] Unable to connect to the database\. Retrying \(1\)\.\.\.\n$/);
});
