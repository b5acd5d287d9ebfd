import { expect, it } from '@jest/globals';
import { untilRefused } from './until-refused.ts';

it('repeats an act until it is refused, and returns the error', async () => {
  let count = 0;
  const act = () => ((count += 1) < 3 ? Promise.resolve() : Promise.reject(new RangeError('The third.')));
  expect(await untilRefused(act)).toEqual(new RangeError('The third.'));
  expect(count).toBe(3);
});

it('complains after the timeout', async () => {
  await expect(untilRefused(() => Promise.resolve(), 'Still allowed.', 10)).rejects.toThrow('Still allowed.');
});
