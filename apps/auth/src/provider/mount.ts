import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AuthorizationServer, MOUNT } from './authorization-server.ts';

/**
 * The headers of all responses but our pages. They allow no script except on oidc-provider's self-submitting pages: oidc-provider adds
 * the hash of its script to an existing `script-src`.
 */
const HEADERS = {
  'content-security-policy': "default-src 'none'; script-src 'report-sample'; frame-ancestors 'none'; base-uri 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/**
 * Passes all requests below {@link MOUNT} without a controller to the authorization server, unparsed: it reads the bodies and writes the
 * responses.
 */
@Injectable()
export class AuthorizationServerMount {
  constructor({ httpAdapter }: HttpAdapterHost, server: AuthorizationServer) {
    const answer = async (request: FastifyRequest, reply: FastifyReply) => {
      reply.hijack();
      const { raw } = request;
      // oidc-provider finds the path of the mount by it.
      Object.assign(raw, { originalUrl: raw.url });
      reply.raw.setHeaders(new Map(Object.entries(HEADERS)));
      raw.url = (raw.url ?? '').slice(MOUNT.length) || '/';
      // Fastify has applied TRUSTED_PROXIES. The headers pass on only the result.
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
