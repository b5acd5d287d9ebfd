import type { FastifyRequest } from 'fastify';
import { Kind, OperationTypeNode, parse } from 'graphql';
import { MAX_TOKENS } from './document-limits.ts';

/** Whether a GraphQL request can only read: all operations of its document are queries. */
export function isQuery({ method, body }: FastifyRequest): boolean {
  // Mercurius executes only queries of a URL.
  if (method === 'GET') return true;
  const document = typeof body === 'string' ? body : (body as { readonly query?: unknown } | null | undefined)?.query;
  if (typeof document !== 'string') return false;
  try {
    return parse(document, { maxTokens: MAX_TOKENS }).definitions.every(
      (definition) => definition.kind !== Kind.OPERATION_DEFINITION || definition.operation === OperationTypeNode.QUERY,
    );
  } catch {
    return false;
  }
}
