import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { GqlExecutionContext } from '@nestjs/graphql';
import type { FastifyRequest } from 'fastify';

/** What the contract takes, in characters. */
const MAX_LENGTH = 200;

/** What the client calls itself, its User-Agent: by it users tell their sessions apart. */
export const Device = createParamDecorator((_data: unknown, context: ExecutionContext) => {
  const { req } = GqlExecutionContext.create(context).getContext<{ req: FastifyRequest }>();
  return (req.headers['user-agent'] ?? '').slice(0, MAX_LENGTH).trim();
});
