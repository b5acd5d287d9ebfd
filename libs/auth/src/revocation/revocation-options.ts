import { setTimeout } from 'node:timers/promises';
import type { ClientIdentity } from '../call/client.ts';
import type { RevocationCheck } from '../token/revocation-check.ts';
import { type RevocationSource, RevocationStream } from './revocation-stream.ts';
import { GRACE_MS, SILENCE_MS, TokenRevocations, UNTIL_EXPIRY } from './token-revocations.ts';
import type { StaleClaims } from './stale-claims.ts';

/**
 * The source of a service's token revocations. There is no default.
 *
 * - `from: 'stream'`: the auth service's revocation stream. `graceMs`: how long the service accepts tokens without an update; 3,000 at least.
 * - `from: 'here'`: the service applies revocations itself, as the auth service does.
 * - `accept: 'until expiry'`: none. The service accepts a revoked token until it expires: for `maxLifetimeS` of its issuer at most.
 */
export type RevocationOptions =
  | (RevocationSource & { readonly from: 'stream'; readonly graceMs?: number })
  | { readonly from: 'here'; readonly revocations: TokenRevocations }
  | { readonly accept: 'until expiry' };

/** The longest time a starting service waits for the first update, in milliseconds. Covers an auth service that starts at the same time. */
const FIRST_UPDATE_TIMEOUT_MS = 5_000;

/** A revocation check and the lifecycle of its source. */
export interface KnownRevocations {
  readonly check: RevocationCheck;
  /** Resolves on the first update, or after five seconds without one. */
  readonly ready: Promise<void>;
  readonly close: () => void;
}

/**
 * Opens the source of revocations. The revocation stream also updates `claims`, if given.
 *
 * @throws Error if the grace ends between two updates: the service would refuse all tokens until the next one
 */
export function openRevocations(options: RevocationOptions, identity: ClientIdentity, claims?: StaleClaims): KnownRevocations {
  if ('accept' in options) return { check: UNTIL_EXPIRY, ready: Promise.resolve(), close: () => undefined };
  if (options.from === 'here') return { check: options.revocations, ready: Promise.resolve(), close: () => options.revocations.close() };
  const { graceMs = GRACE_MS } = options;
  if (!(graceMs >= SILENCE_MS))
    throw new Error(
      `revocations.graceMs is ${String(graceMs)}. Set it to ${String(SILENCE_MS)} or more: the stream delivers an update every second.`,
    );
  const revocations = new TokenRevocations(graceMs);
  const stream = new RevocationStream(options, identity, revocations, claims);
  return {
    check: revocations,
    ready: Promise.race([revocations.ready, setTimeout(FIRST_UPDATE_TIMEOUT_MS)]),
    close: () => {
      stream.close();
      revocations.close();
    },
  };
}
