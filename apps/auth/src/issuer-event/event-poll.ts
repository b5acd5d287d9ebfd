import { z } from 'zod';
import { readBounded } from '../token-issuer/bounded-fetch.ts';
import type { PollSettings } from '../token-issuer/poll.field.ts';
import type { EventError } from './event-refused.ts';

/** The results of received tokens, by their `jti`, for the transmitter (RFC 8936 §2.2). */
export interface PollReport {
  readonly ack: readonly string[];
  readonly setErrs: Readonly<Record<string, { readonly err: EventError; readonly description: string }>>;
}

/** The response of a transmitter (RFC 8936 §2.3). A token that is not text is refused alone, so that it does not block the others. */
const Response = z.object({ sets: z.record(z.string(), z.unknown()).default({}), moreAvailable: z.boolean().default(false) });
export type Polled = z.output<typeof Response>;

/** The limit of a request, in milliseconds. */
const TIMEOUT_MS = 5_000;

/** The largest accepted response, in bytes. */
const MAX_BYTES = 1_048_576;

/**
 * Asks a transmitter for security event tokens (RFC 8936), and reports the results of former ones.
 *
 * @param maxEvents how many tokens to send at most; 0 to only report
 * @throws Error if the transmitter does not respond as it must
 */
export async function pollEvents(settings: PollSettings, report: PollReport, maxEvents: number, signal: AbortSignal): Promise<Polled> {
  const response = await fetch(settings.endpoint, {
    method: 'POST',
    headers: { authorization: `Bearer ${settings.accessToken}`, 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ maxEvents, returnImmediately: true, ...report }),
    redirect: 'manual',
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
  });
  const text = await readBounded(response, MAX_BYTES);
  if (response.status !== 200) throw new Error(`the transmitter responded with ${String(response.status)}`);
  try {
    return Response.parse(JSON.parse(text));
  } catch {
    throw new Error('the response is not that of a poll');
  }
}
