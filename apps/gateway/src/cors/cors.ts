import { Inject, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import cors, { type FastifyCorsOptions } from '@fastify/cors';
import { API_PATH } from '../api/api-path.ts';
import { BROWSER_SESSION_OPTIONS, type BrowserSessionOptions } from '../browser-session/options.ts';
import { BrowserOrigins } from './browser-origins.ts';

/**
 * The answers to pages of registered clients (P18). They allow a token, but neither cookies nor the header of the cross-site check, so a
 * page of another origin never acts as the user of a browser session.
 */
const ALLOWED: FastifyCorsOptions = {
  origin: true,
  credentials: false,
  methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
  allowedHeaders: ['Authorization', 'Content-Type', 'DPoP', 'If-Match', 'Idempotency-Key'],
  exposedHeaders: ['WWW-Authenticate', 'DPoP-Nonce', 'Retry-After', 'ETag', 'Link', 'Location'],
  // Seconds for which a browser caches the answer to a preflight.
  maxAge: 600,
};

const REFUSED: FastifyCorsOptions = { origin: false };

/** The paths of the API. */
const API = new RegExp(`^(/graphql|${API_PATH}/[^?]*)(\\?|$)`);

/** Allows pages of registered clients to call GraphQL and the HTTP API. Pages of other origins cannot read responses. */
@Injectable()
export class Cors {
  constructor(
    { httpAdapter }: HttpAdapterHost,
    readonly origins: BrowserOrigins,
    @Inject(BROWSER_SESSION_OPTIONS) readonly own: BrowserSessionOptions,
  ) {
    httpAdapter.getInstance<FastifyInstance>().register(cors, {
      delegator: (request, done) => {
        this.#answerTo(request, (allowed) => {
          done(null, allowed ? ALLOWED : REFUSED);
        });
      },
    });
  }

  #answerTo({ headers: { origin }, url }: FastifyRequest, done: (allowed: boolean) => void): void {
    if (origin === undefined || origin === this.own.origin || !API.test(url)) {
      done(false);
      return;
    }
    // has() does not reject.
    void this.origins.has(origin).then(done);
  }
}
