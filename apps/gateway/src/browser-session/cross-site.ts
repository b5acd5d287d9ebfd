import type { FastifyRequest } from 'fastify';
import { CSRF_HEADER, crossSiteRequest } from './browser-session.errors.ts';

/**
 * Refuses requests that a page of another origin could make a browser send. A browser sends a custom header to another origin only if that
 * server allows it (CORS), and this one never does. Browsers also send the origin of the page.
 *
 * @param origin the gateway's origin
 * @throws DomainError CROSS_SITE_REQUEST
 */
export function refuseCrossSite({ headers }: Pick<FastifyRequest, 'headers'>, origin: string): void {
  const { origin: from, 'sec-fetch-site': site, 'content-type': type } = headers;
  if (headers[CSRF_HEADER] === undefined) throw crossSiteRequest(`Send the header ${CSRF_HEADER}: 1.`);
  if (from !== undefined && from !== origin) throw crossSiteRequest(`Send it from a page of ${origin}.`);
  if (site !== undefined && site !== 'same-origin') throw crossSiteRequest(`Send it from a page of ${origin}.`);
  if (type !== undefined && !/^application\/json\s*(;|$)/i.test(type)) throw crossSiteRequest('Send application/json, or no body.');
}
