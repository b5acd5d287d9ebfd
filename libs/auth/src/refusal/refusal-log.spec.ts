import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout } from 'node:timers/promises';
import { RefusalLog } from './refusal-log.ts';

const WINDOW_MS = 100;

let lines: unknown[];
beforeEach(() => {
  lines = [];
  jest.spyOn(Logger.prototype, 'warn').mockImplementation((line: unknown) => void lines.push(line));
});
afterEach(() => {
  jest.restoreAllMocks();
});

const refused = { rpc: '/test.v1.Test/Vote', reason: 'REPUTATION_TOO_LOW', user: 'ada', service: 'gateway' };

it('the log has the first refusal of a kind at once, and then the number of its repetitions', async () => {
  const log = new RefusalLog({ windowMs: WINDOW_MS });
  for (let turn = 0; turn < 100; turn += 1) log.note(refused);
  log.note({ ...refused, user: 'eve' });
  const first = { msg: 'call refused', ...refused };
  expect(lines).toEqual([first, { ...first, user: 'eve' }]);
  await setTimeout(2 * WINDOW_MS);
  expect(lines.slice(2)).toEqual([{ msg: 'call refused again', ...refused, repetitions: 99 }]);
  log.note(refused);
  expect(lines.at(-1)).toEqual(first);
});

it('the number of repetitions has the trace of no call', async () => {
  const call = new AsyncLocalStorage<string>();
  const calls: unknown[] = [];
  jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => void calls.push(call.getStore()));
  const log = new RefusalLog({ windowMs: WINDOW_MS });
  call.run('first', () => log.note({ ...refused, user: 'eve' }));
  for (const id of ['second', 'third']) call.run(id, () => log.note(refused));
  await setTimeout(2 * WINDOW_MS);
  expect(calls).toEqual(['first', 'second', undefined]);
});

it('a flood of kinds takes a bounded number of lines', async () => {
  const log = new RefusalLog({ windowMs: WINDOW_MS });
  for (let turn = 0; turn < 50_000; turn += 1) log.note({ ...refused, user: `user ${String(turn)}` });
  await setTimeout(2 * WINDOW_MS);
  expect(lines).toHaveLength(1_001);
  expect(lines.at(-1)).toEqual({ msg: 'further calls refused', refusals: 49_000 });
});
