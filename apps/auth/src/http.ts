import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyServerOptions } from 'fastify';
import { STATUS_CODES } from 'node:http';

/** Fastify's options: nobody has anything to send here, or needs long for it. */
export const http: FastifyServerOptions = {
  bodyLimit: 1_024,
  requestTimeout: 5_000,
  // What is refused before there is a route passes no hook.
  frameworkErrors: (_error, _request, reply: FastifyReply) => {
    void reply.code(400).headers(HEADERS).send(errorBody(reply));
  },
};

/** For answers that no browser shows, runs or frames. */
const HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** What all HTTP answers have in common. An error is its status and no more: other words for it may quote what was sent, or what broke. */
@Injectable()
export class HttpAnswers {
  constructor({ httpAdapter }: HttpAdapterHost) {
    httpAdapter.getInstance<FastifyInstance>().addHook('onSend', (_request, reply, payload, done) => {
      reply.headers(HEADERS);
      done(null, reply.statusCode < 400 ? payload : errorBody(reply));
    });
  }
}

function errorBody(reply: FastifyReply): string {
  const body = JSON.stringify({ error: STATUS_CODES[reply.statusCode] });
  reply.headers({
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  });
  return body;
}
