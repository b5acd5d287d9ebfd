import { describe, expect, it } from '@jest/globals';
import { Code, DomainError, internal, serviceUnavailable } from '@reputable/errors';
import { deliverInParts } from './delivery.ts';

const events = Array.from({ length: 200 }, (_, n) => n);
const always = { until: Infinity, calls: Infinity };

/** Delivers events of which the receiver refuses some, and counts the calls. */
async function delivery(error: (event: number) => Error | undefined, bounds = always) {
  let calls = 0;
  const deliver = (batch: number[]) => {
    calls += 1;
    const found = batch.map(error).find((each) => each !== undefined);
    return found ? Promise.reject(found) : Promise.resolve();
  };
  const failures = await deliverInParts([events], deliver, bounds);
  return { calls, failures };
}

describe('a delivery', () => {
  it('finds the refused event by halves', async () => {
    const { calls, failures } = await delivery((event) => (event === 77 ? internal() : undefined));
    expect([...failures]).toEqual([[77, { refused: true, reason: internal().message }]]);
    expect(calls).toBeLessThanOrEqual(17);
  });

  it('finds two refused events with less than the calls of an outbox', async () => {
    const { calls, failures } = await delivery((event) => ([3, 190].includes(event) ? new Error('cannot decode') : undefined));
    expect([...failures.keys()].toSorted()).toEqual([190, 3]);
    expect(calls).toBeLessThan(40);
  });

  it.each<[string, Error]>([
    ['the receiver cannot be reached', serviceUnavailable('user')],
    ['the receiver sheds load', new DomainError(Code.RESOURCE_EXHAUSTED, 'OVERLOADED', 'Busy.')],
    ['the database is down', Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })],
  ])('ends with the first call if %s', async (_, error) => {
    const { calls, failures } = await delivery(() => error);
    expect(calls).toBe(1);
    expect(failures.size).toBe(200);
    expect([...failures.values()].every(({ refused }) => !refused)).toBe(true);
  });

  it('does not count a time-out as a refusal', async () => {
    const { failures } = await delivery((event) => (event === 77 ? new DomainError(Code.DEADLINE_EXCEEDED, 'X', 'Late.') : undefined));
    expect([...failures]).toEqual([[77, { refused: false, reason: 'Late.' }]]);
  });

  it('ends after its calls, and leaves the rest untried', async () => {
    const { calls, failures } = await delivery(() => internal(), { until: Infinity, calls: 40 });
    expect(calls).toBe(40);
    const refused = [...failures.values()].filter((failure) => failure.refused).length;
    expect([failures.size, refused > 0, refused < 40]).toEqual([200, true, true]);
  });

  it('starts no call after its time', async () => {
    const { calls, failures } = await delivery(() => undefined, { until: Date.now() - 1, calls: 40 });
    expect([calls, failures.size]).toEqual([0, 200]);
  });
});
