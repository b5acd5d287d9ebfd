import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';

/** Prevents caching, because responses can contain tokens, and content sniffing. */
const HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
};

/** Browsers send no origin with the forms of a page of this policy, so our pages have another one. */
const REFERRER = 'referrer-policy';

/** Prevents scripts and frames if a browser displays a JSON response. */
const JSON_ONLY = { 'content-security-policy': "default-src 'none'; frame-ancestors 'none'" };

/** The headers of every response. */
@Injectable()
export class ResponseHeaders {
  constructor({ httpAdapter }: HttpAdapterHost) {
    httpAdapter.getInstance<FastifyInstance>().addHook('onSend', (_request, reply, _payload, done) => {
      const type = String(reply.getHeader('content-type') ?? '');
      reply.headers(/^application\/(problem\+|graphql-response\+)?json/.test(type) ? { ...HEADERS, ...JSON_ONLY } : HEADERS);
      if (!reply.hasHeader(REFERRER)) reply.header(REFERRER, 'no-referrer');
      done();
    });
  }
}
