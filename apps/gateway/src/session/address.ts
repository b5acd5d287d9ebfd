import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { GqlExecutionContext } from '@nestjs/graphql';
import type { FastifyRequest } from 'fastify';
import { isIP } from 'node:net';

/**
 * The client's IP address: that of the connection or, if a trusted proxy has opened it, the one which that proxy tells. What it tells may
 * be no address; then the client is taken to be the proxy.
 */
export const Address = createParamDecorator((_data: unknown, context: ExecutionContext) => {
  const { req } = GqlExecutionContext.create(context).getContext<{ req: FastifyRequest }>();
  return isIP(req.ip) ? req.ip : req.socket.remoteAddress;
});
