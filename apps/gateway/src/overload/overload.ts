import { Injectable, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
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

/** Refuses requests with 503 and `Retry-After` before they are executed, while there are more than the gateway can handle in time. */
@Injectable()
export class Overload {
  readonly #log = new Logger('overload');
  readonly #admission = new Admission();
  #refused = 0;
  #lastLog = -Infinity;

  constructor({ httpAdapter }: HttpAdapterHost) {
    httpAdapter.getInstance<FastifyInstance>().addHook('preHandler', (request, reply, done) => {
      if (this.#admission.enter()) this.#run(reply, done);
      else if (isNeverRefused(request)) done();
      else this.#wait(request, reply, AsyncResource.bind(done));
    });
  }

  #run(reply: FastifyReply, done: HookHandlerDoneFunction): void {
    reply.raw.once('close', this.#admission.leave);
    done();
  }

  #wait(request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void {
    this.#admission.wait({
      start: () => {
        // The client has gone.
        if (reply.raw.destroyed) this.#admission.leave();
        else this.#run(reply, done);
      },
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
