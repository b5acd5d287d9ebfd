import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AuthorizationServer, MOUNT } from './authorization-server.ts';

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
      raw.url = (raw.url ?? '').slice(MOUNT.length) || '/';
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
