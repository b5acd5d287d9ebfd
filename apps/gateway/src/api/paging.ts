import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Page } from './shapes.ts';

/** The parameters of a list, with the names of the contracts. */
export const pageOf = ({ limit, cursor }: z.output<typeof Page>) => ({ pageSize: limit ?? 0, pageToken: cursor ?? '' });

/** Links to the next page, if there is one (RFC 8288). */
export function linkNext(request: FastifyRequest, reply: FastifyReply, nextPageToken: string): void {
  if (nextPageToken === '') return;
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  searchParams.set('cursor', nextPageToken);
  reply.header('link', `<${pathname}?${searchParams.toString()}>; rel="next"`);
}
