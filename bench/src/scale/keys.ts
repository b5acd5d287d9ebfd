import { query } from '@reputable/testing';
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import { setTimeout as sleep } from 'node:timers/promises';
import { insertSessions } from '../sessions.ts';
import { reputableSide } from '../side.ts';
import { type Axis, cpuAt, type Duration } from './axis.ts';
import { firstRequests } from './first-requests.ts';
import { type ScaleSystem, withSystem } from './scale-system.ts';

/** The number of published keys at the end. Auth has two: that which signs, and the next one. */
const MANY = 64;

/** The number of sessions whose first request is measured at each size. */
const USED = 1_000;

/** The time in which auth reads the keys again, in milliseconds. */
const RELOAD_MS = 2_000;

/** The services that verify tokens. */
const RECEIVERS = ['gateway', 'user', 'post', 'comment'] as const;

const FIRST = 'nested, first of a session';

/** The cost with 2 keys in the key set, then with 64. The services verify tokens after they have read the whole set. */
export const keys = (duration: Duration): Promise<Axis> =>
  withSystem(async ({ system, person }) => {
    const side = reputableSide(system, person);
    const measure = async () => {
      // The services fetch the keys at their start, and a new process is slower, so it is one at both sizes.
      await Promise.all(RECEIVERS.map((name) => system.restart(name)));
      const listings = await cpuAt(side, ['flat', 'nested'], duration);
      await firstRequests(system, await insertSessions(system, person, USED / 4));
      return { ...listings, [FIRST]: await firstRequests(system, await insertSessions(system, person, USED)) };
    };
    const few = await measure();
    await publishKeys(system, MANY - 2);
    const many = await measure();
    return {
      points: [
        { size: '2 keys', cpuUs: few },
        { size: `${MANY} keys`, cpuUs: many },
      ],
      further: [],
    };
  });

/** Publishes so many further keys, as after that many rotations. */
async function publishKeys(system: ScaleSystem['system'], count: number): Promise<void> {
  const pairs = await Promise.all(
    Array.from({ length: count }, async () => {
      const jwk = await exportJWK((await generateKeyPair('ES256')).publicKey);
      const kid = await calculateJwkThumbprint(jwk);
      return { kid, jwk: JSON.stringify({ ...jwk, kid, use: 'sig', alg: 'ES256' }) };
    }),
  );
  await query(
    system.databaseUrl('auth'),
    `INSERT INTO signing_key (kid, public_jwk, state, created_at, activated_at, retired_at)
     SELECT kid, jwk::jsonb, 'retired', now(), now(), now() FROM unnest($1::text[], $2::text[]) AS key (kid, jwk)`,
    [pairs.map(({ kid }) => kid), pairs.map(({ jwk }) => jwk)],
  );
  await sleep(RELOAD_MS);
}
