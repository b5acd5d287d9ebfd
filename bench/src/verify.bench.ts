import { TestWorld } from '@reputable/testing';
import { compare, startTarget } from './unary-load.ts';

/** What the access interceptor with a known token adds to a unary call, against the same server without it. */
export async function run(): Promise<void> {
  const world = await TestWorld.create();
  const off = await startTarget(world, 'checks off', { mtls: true, checks: false });
  const on = await startTarget(world, 'checks on', { mtls: true, checks: true });
  const [without = NaN, withChecks = NaN] = await compare([off, on], 15);
  console.log('A unary call over mutual TLS, CPU time of the server (median of 15 blocks of 4,000 calls, taken in turn):');
  console.log(`  without checks            ${without.toFixed(1)} µs`);
  console.log(`  rule, caller, known token ${withChecks.toFixed(1)} µs`);
  console.log(`  ratio                     ${(withChecks / without).toFixed(3)}`);
  for (const target of [off, on]) {
    target.close();
    target.server.kill();
  }
  await world.end();
}
