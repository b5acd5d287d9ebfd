import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { GqlExecutionContext } from '@nestjs/graphql';
import type { FastifyRequest } from 'fastify';

/** The contract's limit, in characters. */
const MAX_LENGTH = 200;

/** The client's User-Agent, by which users recognize their sessions. */
export const Device = createParamDecorator((_data: unknown, context: ExecutionContext) => {
  const { req } = GqlExecutionContext.create(context).getContext<{ req: FastifyRequest }>();
  return (req.headers['user-agent'] ?? '').slice(0, MAX_LENGTH).trim();
});
