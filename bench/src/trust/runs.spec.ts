import { describe, expect, it } from '@jest/globals';
import type { Estimate } from '../interval.ts';
import { goalTable, losses, type Ratio } from './ratios.ts';
import { runTable } from './runs.ts';

const around = (median: number, width = 0.02): Estimate => ({ median, low: median - width, high: median + width });

const ratio = (estimate: Estimate, rest: Partial<Ratio> = {}): Ratio => ({
  ...{ measure: 'CPU', workload: 'nested', way: 'ours', to: 'trusting', estimate },
  ...rest,
});

describe('the table of several runs', () => {
  const tableOf = (...estimates: Estimate[]) => runTable(estimates.map((estimate) => ({ measured: 'today', ratios: { CPU: estimate } })));

  it('has the spread of the runs', async () => {
    expect(await tableOf(around(1), around(1.05), around(1.02))).toContain('| 1.02 (1.00–1.04) |    5 % |');
  });

  it('explains a large spread by the noise, if the intervals have a common part', async () => {
    expect(await tableOf(around(1, 0.2), around(1.2, 0.2))).toMatch(
      /\*\*20 %\*\*[\s\S]*1 have a larger one, but the intervals of the runs overlap/,
    );
  });

  it('names the ratios of which the intervals have no common part', async () => {
    expect(await tableOf(around(1), around(1.2))).toContain('The intervals do not overlap in _CPU_');
  });
});

describe('the goals', () => {
  it.each([
    [around(1), 'met'],
    [around(1.1), '**missed**'],
    [around(1.02), 'met, but not with 95 % confidence'],
    [around(1.04), '**missed**, but not with 95 % confidence'],
  ])('says whether the whole interval is on one side of the goal: %j', async (estimate, result) => {
    expect(await goalTable([ratio(estimate)])).toContain(` ${result} |`);
  });
});

describe('the ratios that ours loses', () => {
  it('are those of which the interval is above one', () => {
    const text = losses([ratio(around(1.1)), ratio(around(1.01), { workload: 'vote' }), ratio(around(1), { way: 'txn' })]);
    expect(text).toContain('- **ours**, compared with _trusting_: CPU of nested 1.10 (1.08–1.12).');
    expect(text).toContain('- **ours with Transaction Tokens**, compared with _trusting_: in no figure.');
  });
});
