import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { GqlExecutionContext } from '@nestjs/graphql';
import type { FastifyRequest } from 'fastify';
import { isIP } from 'node:net';

/**
 * The client's IP address: the address of the connection or, behind a trusted proxy, the address from X-Forwarded-For. If that is not an
 * address, the proxy's address.
 */
export const addressOf = ({ ip, socket }: FastifyRequest): string => (isIP(ip) ? ip : (socket.remoteAddress ?? ''));

/** Injects the {@link addressOf} the request into a parameter of a resolver. */
export const Address = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  addressOf(GqlExecutionContext.create(context).getContext<{ req: FastifyRequest }>().req),
);
