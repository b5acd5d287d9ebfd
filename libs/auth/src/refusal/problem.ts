import type { ArgumentsHost } from '@nestjs/common';
import { Code, type DomainError } from '@reputable/errors';
import { STATUS_CODES } from 'node:http';
import { challengeOf } from './challenge.ts';
import { httpStatus } from './http-status.ts';

/** The methods that the responses of Express and Fastify share. */
interface Response {
  status(code: number): unknown;
  header(name: string, value: string): unknown;
  send(body: string): unknown;
}

/** An error as problem details (RFC 9457). Its type is `about:blank`; programs read `code` and `reason`. */
export function problemOf(error: DomainError) {
  const { code, reason, domain, message, metadata, violations } = error;
  const status = httpStatus(error);
  return {
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: message,
    code: Code[code],
    reason,
    domain,
    metadata,
    ...(violations.length > 0 && { violations: violations.map(({ field, description }) => ({ field, description })) }),
  };
}

/**
 * Answers an HTTP request with the problem details of an error.
 *
 * @throws the error itself on other transports; in GraphQL with `extensions`: `code`, `reason` and `metadata`
 */
export function answerProblem(error: DomainError, host: ArgumentsHost): void {
  const transport = host.getType<'http' | 'graphql' | 'rpc' | 'ws'>();
  if (transport === 'graphql') {
    const { code, reason, metadata } = error;
    throw Object.assign(error, { extensions: { code: Code[code], reason, metadata } });
  }
  if (transport !== 'http') throw error;
  const response = host.switchToHttp().getResponse<Response>();
  response.status(httpStatus(error));
  for (const [name, value] of Object.entries(challengeOf(error))) response.header(name, value);
  response.header('content-type', 'application/problem+json');
  response.send(JSON.stringify(problemOf(error)));
}
