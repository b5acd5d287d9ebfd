import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { run as kills } from './kills.storm.ts';
import { refreshes } from './refreshes.storm.ts';
import { StormWorld } from './storm-world.ts';

/** The short version of `npm run storm -- kills` and `-- refreshes`. The seed and the counts are the only differences. */
let world: StormWorld;
beforeAll(async () => {
  world = await StormWorld.open({ seed: 1, refreshRetryS: 60 });
});
afterAll(() => world.close());

describe('a storm', () => {
  it('of lost answers to refreshes ends no session, and a stolen refresh token does', async () => {
    expect(await refreshes(world, { count: 40 }, 0)).toMatchObject({ faults: [] });
  });

  it('of kills loses and doubles nothing that was acknowledged', async () => {
    expect(await kills(world, { count: 6, rate: 50, minutes: 0 })).toMatchObject({ faults: [] });
  });
});
