import { Logger } from '@nestjs/common';
import type { PollSettings } from '../token-issuer/poll.field.ts';
import { type Polled, pollEvents, type PollReport } from './event-poll.ts';
import type { EventReceiver } from './event-receiver.ts';
import { EventRefused } from './event-refused.ts';
import type { PollLease } from './poll-lease.ts';

/** How many tokens a response may have. */
const MAX_EVENTS = 50;

/** For how long a poll goes on while the transmitter has more tokens, in milliseconds. It is shorter than the lease. */
const MAX_POLL_MS = 30_000;

/** The longest pause after failed polls, in seconds, unless the interval is longer. */
const MAX_PAUSE_S = 300;

/** How old a polled token may be, in seconds: a transmitter keeps it until auth is back. */
const MAX_AGE_S = 7 * 86_400;

const NOTHING: PollReport = { ack: [], setErrs: {} };

/** Polls an issuer for security event tokens (RFC 8936). */
export class EventPoller {
  readonly #log = new Logger('token issuers');

  constructor(
    readonly settings: PollSettings,
    readonly receiver: Pick<EventReceiver, 'receive' | 'settings'>,
    readonly lease: PollLease,
  ) {}

  /** Polls if a poll is due and no other replica polls. A failure is logged, and prolongs the pause. */
  async run(signal: AbortSignal): Promise<void> {
    const failures = await this.lease.claim();
    if (failures === undefined) return;
    const { id: issuer } = this.receiver.settings;
    const { intervalS } = this.settings;
    try {
      await this.#poll(signal);
      await this.lease.release(intervalS, 0);
      if (failures > 0) this.#log.log({ msg: 'transmitter available', issuer });
    } catch (error) {
      if (signal.aborted) {
        await this.lease.release(0, failures);
        return;
      }
      if (failures === 0) this.#log.warn({ msg: 'poll for security events failed', issuer, reason: reasonOf(error) });
      await this.lease.release(pauseAfter(failures, intervalS), failures + 1);
    }
  }

  /** Receives all tokens, a response after the other. A crash before the report has them sent again, which has no effect. */
  async #poll(signal: AbortSignal): Promise<void> {
    const end = Date.now() + MAX_POLL_MS;
    let report = NOTHING;
    for (;;) {
      const isOver = Date.now() > end;
      const polled = await pollEvents(this.settings, report, isOver ? 0 : MAX_EVENTS, signal);
      if (isOver || Object.keys(polled.sets).length === 0) return;
      const { failure, ...results } = await this.#receive(polled);
      report = results;
      if (!polled.moreAvailable || failure) {
        if (report.ack.length > 0 || Object.keys(report.setErrs).length > 0) await pollEvents(this.settings, report, 0, signal);
        if (failure) throw failure;
        return;
      }
    }
  }

  /** Receives tokens one after the other. Those that cannot be judged or applied now are in no report, so the transmitter keeps them. */
  async #receive({ sets }: Polled): Promise<PollReport & { readonly failure: Error | undefined }> {
    const ack: string[] = [];
    const errors: [string, PollReport['setErrs'][string]][] = [];
    let failure: Error | undefined;
    for (const [jti, token] of Object.entries(sets)) {
      try {
        if (typeof token !== 'string') throw new EventRefused('invalid_request', 'The SET is no text.');
        await this.receiver.receive(token, MAX_AGE_S);
        ack.push(jti);
      } catch (error) {
        if (!(error instanceof EventRefused)) {
          failure ??= error as Error;
          continue;
        }
        this.#log.warn({ msg: 'security events refused', issuer: this.receiver.settings.id, reason: error.message });
        errors.push([jti, { err: error.error, description: error.description }]);
      }
    }
    return { ack, setErrs: Object.fromEntries(errors), failure };
  }
}

/** Twice as long after each failure. */
const pauseAfter = (failures: number, intervalS: number) =>
  Math.min(intervalS * 2 ** Math.min(failures + 1, 12), Math.max(MAX_PAUSE_S, intervalS));

/** The message of an error, and of its cause: `fetch` has the reason there. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return [message, ...(cause instanceof Error ? [cause.message] : [])].join(': ');
}
