import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifyServerOptions } from 'fastify';
import { STATUS_CODES } from 'node:http';
import { documentOf, headersOf, notice } from '@reputable/page';
import { isEventRefusal } from './issuer-event/event-refused.ts';

/** The longest time until a request has arrived completely, in milliseconds. */
export const REQUEST_TIMEOUT_MS = 5_000;

/** Fastify's options: limits that fit the log-in form, the largest request here. */
export const httpBounds: FastifyServerOptions = {
  bodyLimit: 4_096,
  requestTimeout: REQUEST_TIMEOUT_MS,
  // Requests that Fastify refuses before routing do not run hooks.
  frameworkErrors: (_error, request, reply: FastifyReply) => {
    void reply.code(400).headers(HEADERS).send(errorBody(request, reply));
  },
};

/** The headers of responses that are no page: a browser must not render, run or frame them. */
const HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/**
 * Adds headers to every response that is no page, and replaces the body of an error by its status: other text might quote the request or
 * an internal error. The errors of RFC 8935 keep their body.
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
      done(null, reply.statusCode < 400 || isEventRefusal(reply) ? payload : errorBody(request, reply));
    });
  }
}

/** Only our own pages are HTML. */
const isPage = (reply: FastifyReply) => String(reply.getHeader('content-type')).startsWith('text/html');

/** The body of an error: a page for a browser, JSON for a program. */
function errorBody({ headers }: FastifyRequest, reply: FastifyReply): string {
  const browser = headers.accept?.includes('text/html') ?? false;
  const error = STATUS_CODES[reply.statusCode] ?? '';
  const body = browser ? documentOf(notice(error, ADVICE[reply.statusCode] ?? OTHERWISE)) : JSON.stringify({ error });
  reply.headers({
    ...(browser ? headersOf({}) : { 'content-type': 'application/json; charset=utf-8' }),
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  });
  return body;
}

/** What the user can do, by status. */
const ADVICE: Readonly<Record<number, string>> = {
  404: 'This page does not exist. Go back to the application that you want to use and log in from there.',
  413: 'The form is longer than any e-mail address and password. Go back and enter them again.',
  415: 'The form has a format that no browser sends. Go back to the application and log in again from there.',
  500: 'The server has an error. Wait a moment, go back to the application and try again.',
};

const OTHERWISE = 'The server cannot process this request. Go back to the application that you want to use and start again from there.';
