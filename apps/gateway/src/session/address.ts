import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { GqlExecutionContext } from '@nestjs/graphql';
import type { FastifyRequest } from 'fastify';
import { isIP } from 'node:net';

/**
 * The client's IP address: the address of the connection or, behind a trusted proxy, the address from X-Forwarded-For. If that is not an
 * address, the proxy's address.
 */
export const Address = createParamDecorator((_data: unknown, context: ExecutionContext) => {
  const { req } = GqlExecutionContext.create(context).getContext<{ req: FastifyRequest }>();
  return isIP(req.ip) ? req.ip : req.socket.remoteAddress;
});
