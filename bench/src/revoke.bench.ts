import { Person, startSystem } from '@reputable/dev';
import { TokenProbe } from '@reputable/testing';
import { quantile } from './quantile.ts';
import { startSteadyLoad } from './steady-load.ts';

/** The number of sessions to end. */
const REVOCATIONS = 200;

/** The target for p99, in milliseconds. */
const TARGET_MS = 250;

/** The timeout for a revocation to take effect, in milliseconds. */
const GIVE_UP_MS = 5_000;

/**
 * Measures the time from the response to a log-out until its token is refused everywhere, while the whole system is under load: the opaque
 * token at the gateway, and its JWT directly at each of the four services. A place that still accepts it after five seconds fails the
 * benchmark.
 */
export async function run(): Promise<void> {
  const system = await startSystem({ log: () => undefined });
  const probe = await TokenProbe.open(system);
  try {
    const person = await Person.join(system, 'Revoke');
    for (let i = 0; i < 10; i += 1) await person.write(`Post ${String(i)}`, 'Under load');
    const load = startSteadyLoad(system, person.token);
    const byPlace = new Map(probe.places.map((place) => [place, [] as number[]]));
    const slowest: number[] = [];
    for (let i = 0; i < REVOCATIONS; i += 1) {
      await person.logIn();
      slowest.push(await revoke(person, probe, byPlace));
    }
    report(byPlace, slowest, await load.stop());
  } finally {
    probe.close();
    await system.stop();
  }
}

/** Ends a person's session. Returns the time until the last place refused the token, in milliseconds. */
async function revoke(person: Person, probe: TokenProbe, byPlace: Map<string, number[]>): Promise<number> {
  const { token } = person;
  const before = await probe.everywhere(token);
  if (Object.values(before).some((outcome) => outcome !== 'yes'))
    throw new Error(`The token was refused before its revocation: ${JSON.stringify(before)}`);
  await person.ask('mutation { logOut }');
  const answered = performance.now();
  const taken = await Promise.all(
    probe.places.map(async (place) => {
      // Auth has deleted the session, so the gateway finds no such token. Services find the revocation.
      const refusal = place === 'gateway' ? 'TOKEN_INVALID' : 'TOKEN_REVOKED';
      for (;;) {
        const outcome = await probe.at(place, token);
        // Includes the duration of the call itself: most of the time under load.
        const after = performance.now() - answered;
        if (outcome === refusal) {
          byPlace.get(place)?.push(after);
          return after;
        }
        if (outcome !== 'yes') throw new Error(`${place} refuses the revoked token with ${outcome}, not ${refusal}.`);
        if (after > GIVE_UP_MS) throw new Error(`${place} still accepts the revoked token after ${String(GIVE_UP_MS)} ms.`);
      }
    }),
  );
  return Math.max(...taken);
}

function report(byPlace: ReadonlyMap<string, readonly number[]>, slowest: readonly number[], load: number): void {
  console.log(`From "revoked" to refused, ${String(REVOCATIONS)} times, under a load of ${load.toFixed(0)} requests/s (ms):`);
  console.log(`  ${''.padEnd(12)}${'p50'.padStart(8)}${'p99'.padStart(8)}${'most'.padStart(8)}`);
  for (const [place, taken] of [...byPlace, ['everywhere', slowest] as const]) {
    const cells = [0.5, 0.99, 1].map((part) => quantile(taken, part).toFixed(1).padStart(8));
    console.log(`  ${place.padEnd(12)}${cells.join('')}`);
  }
  if (quantile(slowest, 0.99) > TARGET_MS) process.exitCode = 1;
}
