import type { ExecutionContext } from '@nestjs/common';
import type { CallContext } from '../call/call-context.ts';

const CALL = Symbol('call');

/** A request of Express or Fastify. Fastify has Node's request in `raw`. */
export interface HttpRequest {
  readonly rawHeaders?: readonly string[];
  readonly raw?: { readonly rawHeaders?: readonly string[] };
  /** The context of the call, once the guard has authorized it. */
  [CALL]?: CallContext;
}

/** The HTTP request behind a handler: the request itself, or `req` in the context of a GraphQL resolver. Undefined on other transports. */
export function requestOf(context: ExecutionContext): HttpRequest | undefined {
  switch (context.getType<'http' | 'graphql' | 'rpc' | 'ws'>()) {
    case 'http':
      return context.switchToHttp().getRequest<HttpRequest>();
    case 'graphql':
      return context.getArgByIndex<{ readonly req?: HttpRequest } | undefined>(2)?.req;
    default:
      return undefined;
  }
}

/** The request's `Authorization` header. Joins several headers: the result never verifies. */
export function authorizationOf({ raw, rawHeaders = raw?.rawHeaders ?? [] }: HttpRequest): string | undefined {
  const values = rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'authorization');
  return values.length === 0 ? undefined : values.join();
}

/** Remembers the context of a request for the interceptor, which runs after the guard. */
export function setCall(request: HttpRequest, call: CallContext): void {
  request[CALL] = call;
}

export const callOf = (request: HttpRequest): CallContext | undefined => request[CALL];
