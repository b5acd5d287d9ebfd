import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifyServerOptions } from 'fastify';
import { STATUS_CODES } from 'node:http';
import { notice } from './page/notice.ts';
import { documentOf, headersOf } from './page/page.ts';

/** Fastify's options: the log-in form is the most that anybody has to send here, and nobody needs long for it. */
export const httpBounds: FastifyServerOptions = {
  bodyLimit: 4_096,
  requestTimeout: 5_000,
  // What is refused before there is a route passes no hook.
  frameworkErrors: (_error, request, reply: FastifyReply) => {
    void reply.code(400).headers(HEADERS).send(errorBody(request, reply));
  },
};

/** For answers that no browser shows, runs or frames. */
const HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/**
 * What all HTTP answers have in common. An error that is no page of ours is its status and no more: other words for it may quote what was
 * sent, or what broke.
 */
@Injectable()
export class HttpAnswers {
  constructor({ httpAdapter }: HttpAdapterHost) {
    httpAdapter.getInstance<FastifyInstance>().addHook('onSend', (request, reply, payload, done) => {
      if (isPage(reply)) {
        done(null, payload);
        return;
      }
      reply.headers(HEADERS);
      done(null, reply.statusCode < 400 ? payload : errorBody(request, reply));
    });
  }
}

/** Nobody but us answers with HTML. */
const isPage = (reply: FastifyReply) => String(reply.getHeader('content-type')).startsWith('text/html');

/** A page for a browser, and JSON for a program. */
function errorBody({ headers }: FastifyRequest, reply: FastifyReply): string {
  const browser = headers.accept?.includes('text/html') ?? false;
  const error = STATUS_CODES[reply.statusCode] ?? '';
  const body = browser ? documentOf(notice(error, WORDS[reply.statusCode] ?? WHATEVER)) : JSON.stringify({ error });
  reply.headers({
    ...(browser ? headersOf({}) : { 'content-type': 'application/json; charset=utf-8' }),
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  });
  return body;
}

/** What a person can do about an error. */
const WORDS: Readonly<Record<number, string>> = {
  404: 'There is nothing at this address. Go back to the application you want to use, and log in from there.',
  413: 'What was sent is longer than any e-mail address and password. Go back, and type them again.',
  415: 'The form came in a shape that no browser sends. Go back to the application, and log in again from there.',
  500: 'Something broke on our side. Wait a moment, go back to the application, and try again.',
};

const WHATEVER = 'The request was not understood. Go back to the application you want to use, and start again from there.';
