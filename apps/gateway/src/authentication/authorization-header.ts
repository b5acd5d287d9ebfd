import { TokenRefusal, tokenInvalid } from '@reputable/auth';
import type { FastifyRequest } from 'fastify';

/**
 * The request's `Authorization` header; undefined without one.
 *
 * @throws TokenRefusal for several: `headers` contains only the first of them
 */
export function authorizationOf({ raw }: FastifyRequest): string | undefined {
  const [header, ...more] = raw.headersDistinct.authorization ?? [];
  if (more.length > 0) throw new TokenRefusal(tokenInvalid(), 'several Authorization headers');
  return header;
}
