import type { Trace, TraceStore } from '@reputable/collector';

/** The traces of a collector. */
export type Traces = Pick<TraceStore, 'get' | 'changesAfter'>;

/** The number of links to remember. */
const REMEMBERED = 1_000;

/** Finds traces by the trace that a request named: a service continues that trace, and the gateway begins another one with a link to it. */
export class LinkedTraces {
  #cursor = 0;
  /** The id of the linking trace, by the id of the linked one. */
  readonly #linking = new Map<string, string>();

  constructor(readonly traces: Traces) {}

  /** The trace of a request; undefined until a service has exported a part of it. */
  traceOf(named: string): Trace | undefined {
    const own = this.traces.get(named);
    if (own) return own;
    this.#update();
    return this.traces.get(this.#linking.get(named) ?? '');
  }

  #update(): void {
    const { cursor, traces } = this.traces.changesAfter(this.#cursor);
    this.#cursor = cursor;
    for (const { traceId, spans } of traces) {
      for (const link of spans.flatMap(({ links }) => links)) this.#linking.set(link.traceId, traceId);
    }
    for (const oldest of this.#linking.keys()) {
      if (this.#linking.size <= REMEMBERED) return;
      this.#linking.delete(oldest);
    }
  }
}
