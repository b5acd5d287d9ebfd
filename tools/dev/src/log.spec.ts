import { describe, expect, it } from '@jest/globals';
import { formatLine } from './log.ts';

const time = new Date(2026, 0, 2, 12, 1, 2).getTime();

describe('a line of the log', () => {
  it.each([
    [{ level: 30, time, pid: 7, hostname: 'x', msg: 'ready', ports: { grpc: 1 } }, 'post     12:01:02 INFO  ready ports={"grpc":1}'],
    [{ level: 40, time, msg: 'slow', ms: 12, path: 'a b', who: null }, 'post     12:01:02 WARN  slow ms=12 path="a b" who=null'],
    [
      { level: 50, time, msg: 'no', err: { message: 'boom', stack: 'Error: boom\n    at here' } },
      'post     12:01:02 ERROR no boom\n             at here',
    ],
    [{ level: 35, time: 'never', msg: 'x' }, 'post     --:--:-- INFO  x'],
  ])('tells %j', (entry, line) => {
    expect(formatLine('post', JSON.stringify(entry))).toBe(line);
  });

  it('lets through what is not JSON', () => {
    expect(formatLine('user', '{oops', { now: new Date(time) })).toBe('user     12:01:02 INFO  {oops');
  });

  it('is coloured only when asked', () => {
    expect(formatLine('user', 'x', { color: true })).toContain('\u001b[');
    expect(formatLine('user', 'x')).not.toContain('\u001b[');
  });
});
