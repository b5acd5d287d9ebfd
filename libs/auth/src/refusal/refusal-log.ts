import { Logger } from '@nestjs/common';
import { AsyncResource } from 'node:async_hooks';

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

/** The options of a {@link RefusalLog}. */
export interface RefusalLogOptions {
  /** What is refused. Default: `call`. */
  readonly subject?: 'call' | 'request';
  /** The name of the logger. Default: `access`. */
  readonly logger?: string;
  /** How long repetitions are counted, in milliseconds. Default: a minute. */
  readonly windowMs?: number;
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
  readonly #log: Logger;
  readonly #windowMs: number;
  readonly #subject: 'call' | 'request';
  // In the context of no call: the lines would have the trace of the one that began the window.
  readonly #end = AsyncResource.bind(() => {
    this.#endWindow();
  });
  readonly #kinds = new Map<string, Kind>();
  #others = 0;
  #isOpen = false;

  constructor({ subject = 'call', logger = 'access', windowMs = WINDOW_MS }: RefusalLogOptions = {}) {
    this.#log = new Logger(logger);
    [this.#subject, this.#windowMs] = [subject, windowMs];
  }

  note(call: RefusedCall): void {
    const key = JSON.stringify([call.rpc, call.handler, call.reason, call.user, call.service]);
    const known = this.#kinds.get(key);
    if (known) known.repetitions += 1;
    else if (this.#kinds.size >= MAX_KINDS) this.#others += 1;
    else {
      this.#kinds.set(key, { call, repetitions: 0 });
      this.#log.warn({ msg: `${this.#subject} refused`, ...call });
    }
    if (this.#isOpen) return;
    this.#isOpen = true;
    setTimeout(this.#end, this.#windowMs).unref();
  }

  #endWindow(): void {
    this.#isOpen = false;
    for (const { call, repetitions } of this.#kinds.values())
      if (repetitions > 0) this.#log.warn({ msg: `${this.#subject} refused again`, ...call, repetitions });
    if (this.#others > 0) this.#log.warn({ msg: `further ${this.#subject}s refused`, refusals: this.#others });
    this.#kinds.clear();
    this.#others = 0;
  }
}

/** The log of this process, for the refusals of gRPC calls at both ends. */
export const refusals = new RefusalLog();
