import { Injectable, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { observed } from '@reputable/tracing';
import type { FastifyInstance, FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import { AsyncResource } from 'node:async_hooks';
import { API_PATH } from '../api/api-path.ts';
import { answerProblem } from '../api/api-errors.ts';
import { answer } from '../http/refusal.ts';
import { Admission } from './admission.ts';
import { overloaded } from './overload.errors.ts';

/** The requests that are never refused: health checks, and the log-outs of browsers. */
const ALWAYS = /^\/(health\/|auth\/logout|account\/log-out)/;

/** A document that only logs out. A log-out together with other fields waits with them. */
const LOG_OUT = /^\s*mutation\s*\w*\s*\{\s*logOut\s*\}\s*$/;

/** The shortest time between two log lines, in milliseconds. */
const LOG_MS = 1_000;

/** The metric by which an autoscaler can add gateways. */
const IN_FLIGHT = {
  name: 'reputable.requests.in_flight',
  unit: '{request}',
  description: 'Requests that the gateway handles, and those that wait for that',
  summable: true,
};

/**
 * Refuses requests with 503 and `Retry-After` before they are executed, while there are more than the gateway can handle in time. A request counts
 * until its response is complete, whether or not the client reads it or has gone: until then it costs work.
 */
@Injectable()
export class Overload {
  readonly #log = new Logger('overload');
  readonly #admission = new Admission();
  /** The requests that have entered. */
  readonly #running = new WeakSet<FastifyRequest>();
  #refused = 0;
  #lastLog = -Infinity;

  constructor({ httpAdapter }: HttpAdapterHost) {
    observed(IN_FLIGHT, (result) => result.observe(this.#admission.inFlight));
    const fastify = httpAdapter.getInstance<FastifyInstance>();
    fastify.addHook('preHandler', (request, reply, done) => {
      // Fastify runs this hook again for the answer to an unknown path.
      if (this.#running.has(request)) done();
      else if (this.#admission.enter()) this.#run(request, done);
      else if (isNeverRefused(request)) done();
      else this.#wait(request, reply, AsyncResource.bind(done));
    });
    fastify.addHook('onSend', (request, _reply, _payload, done) => {
      if (this.#running.delete(request)) this.#admission.leave();
      done();
    });
  }

  #run(request: FastifyRequest, done: HookHandlerDoneFunction): void {
    if (request.raw.socket.destroyed) {
      // The client has gone.
      this.#admission.leave();
      return;
    }
    this.#running.add(request);
    done();
  }

  #wait(request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void {
    this.#admission.wait({
      start: () => this.#run(request, done),
      refuse: () => {
        this.#note();
        if (request.url.startsWith(API_PATH)) answerProblem(reply, overloaded());
        else answer(reply, overloaded());
      },
    });
  }

  /** Logs at most once a second: a line per refused request would add to the load. */
  #note(): void {
    this.#refused += 1;
    const now = performance.now();
    if (now - this.#lastLog < LOG_MS) return;
    this.#log.warn({ msg: 'requests refused: too many at once', refused: this.#refused });
    this.#lastLog = now;
    this.#refused = 0;
  }
}

function isNeverRefused({ url, body }: FastifyRequest): boolean {
  if (ALWAYS.test(url)) return true;
  const query = (body as { readonly query?: unknown } | null | undefined)?.query;
  return typeof query === 'string' && query.length < 100 && LOG_OUT.test(query);
}
