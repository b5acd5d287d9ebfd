import { Inject, Injectable, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { setTimeout as sleep } from 'node:timers/promises';

/** The injection token of the setting `WARM_UP_MS`. */
export const WARM_UP_MS = Symbol('WARM_UP_MS');

/** A public query. It passes through most of the code that requests need: GraphQL, loaders, and calls to three services. */
const QUERY = JSON.stringify({
  query: '{ posts(first: 10) { nodes { id title author { displayName } comments(first: 5) { nodes { body author { displayName } } } } } }',
});

/** The pause after a query that failed, in milliseconds: the services may be starting too. */
const PAUSE_MS = 100;

/**
 * Sends queries to the gateway itself before it reports that it is ready. Without that, the first requests of a new replica wait for connections
 * and for the compilation of its code, and under load it refuses some of them.
 */
@Injectable()
export class WarmUp {
  readonly #log = new Logger('warm-up');
  readonly #fastify: FastifyInstance;
  #isOver: boolean;

  /** @param durationMs zero for none */
  constructor(
    { httpAdapter }: HttpAdapterHost,
    @Inject(WARM_UP_MS) readonly durationMs: number,
  ) {
    this.#isOver = durationMs === 0;
    this.#fastify = httpAdapter.getInstance<FastifyInstance>();
    if (!this.#isOver) this.#fastify.addHook('onListen', () => void this.#run());
  }

  /** Whether the gateway can have requests. */
  get isOver(): boolean {
    return this.#isOver;
  }

  async #run(): Promise<void> {
    const end = performance.now() + this.durationMs;
    let [answered, failed] = [0, 0];
    while (performance.now() < end) {
      if (await this.#ask()) answered += 1;
      else {
        failed += 1;
        await sleep(PAUSE_MS);
      }
    }
    this.#isOver = true;
    this.#log.log({ msg: 'warmed up', answered, failed });
  }

  /** Whether the query was answered without an error. */
  async #ask(): Promise<boolean> {
    try {
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`${this.#fastify.listeningOrigin}/graphql`, { method: 'POST', headers, body: QUERY });
      return response.ok && !('errors' in ((await response.json()) as object));
    } catch {
      return false;
    }
  }
}
