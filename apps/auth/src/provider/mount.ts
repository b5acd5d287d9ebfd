import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AuthorizationServer, MOUNT } from './authorization-server.ts';

/**
 * For all that is not one of our pages. No script runs, but for that of oidc-provider's own pages that send themselves on: to a `script-src`
 * that is there it adds the hash of it.
 */
const HEADERS = {
  'content-security-policy': "default-src 'none'; script-src 'report-sample'; frame-ancestors 'none'; base-uri 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/**
 * Hands all requests below {@link MOUNT} that no controller of ours takes to the authorization server, as they came: it reads bodies itself,
 * and answers itself.
 */
@Injectable()
export class AuthorizationServerMount {
  constructor({ httpAdapter }: HttpAdapterHost, server: AuthorizationServer) {
    const answer = async (request: FastifyRequest, reply: FastifyReply) => {
      reply.hijack();
      const { raw } = request;
      reply.raw.setHeaders(new Map(Object.entries(HEADERS)));
      raw.url = (raw.url ?? '').slice(MOUNT.length) || '/';
      // Whom proxies are believed about has been decided. The server hears what came of it, and nothing else.
      raw.headers['x-forwarded-for'] = request.ip;
      raw.headers['x-forwarded-proto'] = server.scheme;
      await server.handle(raw, reply.raw);
    };
    void httpAdapter.getInstance<FastifyInstance>().register((mounted, _options, done) => {
      mounted.removeAllContentTypeParsers();
      mounted.addContentTypeParser('*', (_request, _payload, parsed) => {
        parsed(null);
      });
      mounted.all(`${MOUNT}/*`, answer);
      done();
    });
  }
}
