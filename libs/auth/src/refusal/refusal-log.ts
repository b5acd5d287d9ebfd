import { Logger } from '@nestjs/common';

/** How long repetitions of a refusal are counted, in milliseconds. */
const WINDOW_MS = 60_000;

/** How many kinds of refusals are logged in a minute. */
const MAX_KINDS = 1_000;

/** The fields of a refusal's log line. Never a token. */
export interface RefusedCall {
  /** The rpc or the handler. */
  readonly rpc?: string;
  readonly handler?: string;
  readonly reason: string;
  readonly user?: string | undefined;
  /** The calling service. */
  readonly service?: string | undefined;
  readonly [further: string]: unknown;
}

interface Kind {
  readonly call: RefusedCall;
  repetitions: number;
}

/**
 * Logs refused calls. Anybody can cause them in any number, so the log must not grow with them: it has a line for the first refusal of a kind,
 * and after a minute one more with the number of its repetitions. A kind is an rpc, a reason, a user and a calling service.
 */
export class RefusalLog {
  readonly #log = new Logger('access');
  readonly #kinds = new Map<string, Kind>();
  #others = 0;
  #isOpen = false;

  /** @param windowMs how long repetitions are counted, in milliseconds */
  constructor(readonly windowMs = WINDOW_MS) {}

  note(call: RefusedCall): void {
    const key = JSON.stringify([call.rpc, call.handler, call.reason, call.user, call.service]);
    const known = this.#kinds.get(key);
    if (known) known.repetitions += 1;
    else if (this.#kinds.size >= MAX_KINDS) this.#others += 1;
    else {
      this.#kinds.set(key, { call, repetitions: 0 });
      this.#log.warn({ msg: 'call refused', ...call });
    }
    if (this.#isOpen) return;
    this.#isOpen = true;
    setTimeout(() => this.#endWindow(), this.windowMs).unref();
  }

  #endWindow(): void {
    this.#isOpen = false;
    for (const { call, repetitions } of this.#kinds.values())
      if (repetitions > 0) this.#log.warn({ msg: 'call refused again', ...call, repetitions });
    if (this.#others > 0) this.#log.warn({ msg: 'further calls refused', refusals: this.#others });
    this.#kinds.clear();
    this.#others = 0;
  }
}

/** The log of this process, for the refusals of gRPC calls at both ends. */
export const refusals = new RefusalLog();
