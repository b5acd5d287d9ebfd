import { setTimeout } from 'node:timers/promises';
import type { ClientIdentity } from '../call/client.ts';
import type { RevocationCheck } from '../token/revocation-check.ts';
import { type RevocationSource, RevocationStream } from './revocation-stream.ts';
import { TokenRevocations, UNTIL_EXPIRY } from './token-revocations.ts';
import type { StaleClaims } from './stale-claims.ts';

/**
 * How a service learns which tokens are revoked. There is no default.
 *
 * - `from: 'stream'`: from the auth service, as it happens. `graceMs`: how long tokens are accepted while it cannot be heard.
 * - `from: 'here'`: the service fills them itself, as the auth service does.
 * - `accept: 'until expiry'`: not at all. A token that is revoked is accepted until it ends, for five minutes at most.
 */
export type RevocationOptions =
  | (RevocationSource & { readonly from: 'stream'; readonly graceMs?: number })
  | { readonly from: 'here'; readonly revocations: TokenRevocations }
  | { readonly accept: 'until expiry' };

/** How long a service waits for the first word before it starts, in milliseconds: enough for an auth service that is started at the same time. */
const PATIENCE_MS = 5_000;

/** What a service knows of revocations, and how it is kept so. */
export interface KnownRevocations {
  readonly check: RevocationCheck;
  /** Resolves when something is known, or it is no use to wait any longer. */
  readonly ready: Promise<void>;
  readonly close: () => void;
}

/** Begins to learn of revocations and, if there is somewhere to tell it, of whose claims have changed. */
export function openRevocations(options: RevocationOptions, identity: ClientIdentity, claims?: StaleClaims): KnownRevocations {
  if ('accept' in options) return { check: UNTIL_EXPIRY, ready: Promise.resolve(), close: () => undefined };
  if (options.from === 'here') return { check: options.revocations, ready: Promise.resolve(), close: () => options.revocations.close() };
  const revocations = new TokenRevocations(options.graceMs);
  const stream = new RevocationStream(options, identity, revocations, claims);
  return {
    check: revocations,
    ready: Promise.race([revocations.ready, setTimeout(PATIENCE_MS)]),
    close: () => {
      stream.close();
      revocations.close();
    },
  };
}
