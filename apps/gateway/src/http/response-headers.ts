import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';

/** Nobody keeps an answer, as there may be tokens in it, or takes it for anything but JSON. */
const HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

/** For what is no page: should a browser be made to show it as one, nothing in it runs, and nobody frames it. */
const JSON_ONLY = { 'content-security-policy': "default-src 'none'; frame-ancestors 'none'" };

/** The headers of every response. There is no CORS: pages of other origins get no answer to read. */
@Injectable()
export class ResponseHeaders {
  constructor({ httpAdapter }: HttpAdapterHost) {
    httpAdapter.getInstance<FastifyInstance>().addHook('onSend', (_request, reply, _payload, done) => {
      const type = String(reply.getHeader('content-type') ?? '');
      reply.headers(type.startsWith('application/json') ? { ...HEADERS, ...JSON_ONLY } : HEADERS);
      done();
    });
  }
}
