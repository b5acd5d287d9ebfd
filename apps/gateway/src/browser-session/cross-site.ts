import type { FastifyRequest } from 'fastify';
import { CSRF_HEADER, crossSiteRequest } from './browser-session.errors.ts';

/** What a request is judged by. */
type Judged = Pick<FastifyRequest, 'headers'>;

/**
 * Refuses what a page of another origin could make a browser send in somebody's name. A browser sends a header of our own elsewhere only if
 * the server there allows it beforehand (CORS), which this one never does. And who sends a request says its origin, if it is a browser.
 *
 * @param origin our own
 * @throws DomainError CROSS_SITE_REQUEST
 */
export function refuseCrossSite({ headers }: Judged, origin: string): void {
  const { origin: from, 'sec-fetch-site': site, 'content-type': type } = headers;
  if (headers[CSRF_HEADER] === undefined) throw crossSiteRequest(`Send the header ${CSRF_HEADER}: 1.`);
  if (from !== undefined && from !== origin) throw crossSiteRequest(`Send it from a page of ${origin}.`);
  if (site !== undefined && site !== 'same-origin') throw crossSiteRequest(`Send it from a page of ${origin}.`);
  if (type !== undefined && !/^application\/json\s*(;|$)/i.test(type)) throw crossSiteRequest('Send application/json, or no body.');
}
