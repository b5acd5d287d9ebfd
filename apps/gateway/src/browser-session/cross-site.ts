import type { FastifyRequest } from 'fastify';
import { CSRF_HEADER, crossSiteRequest } from './browser-session.errors.ts';

/** A request, as far as a check reads it. */
type Request = Pick<FastifyRequest, 'headers' | 'method'>;

/**
 * Refuses requests that a page of another origin could make a browser send.
 *
 * @param origin the gateway's origin
 * @throws DomainError CROSS_SITE_REQUEST
 */
export type CrossSiteCheck = (request: Request, origin: string) => void;

/**
 * The check for requests of scripts. A browser sends a custom header to another origin only if that server allows it (CORS), and this one
 * never allows this header. Browsers also send the origin of the page.
 */
export const refuseCrossSite: CrossSiteCheck = ({ headers }, origin) => {
  const { origin: from, 'content-type': type } = headers;
  if (headers[CSRF_HEADER] === undefined) throw crossSiteRequest(`Send the header ${CSRF_HEADER}: 1.`);
  if ((from !== undefined && from !== origin) || isFromElsewhere(headers)) throw crossSiteRequest(`Send it from a page of ${origin}.`);
  if (type !== undefined && !/^application\/json\s*(;|$)/i.test(type)) throw crossSiteRequest('Send application/json, or no body.');
};

/** The methods that change nothing (RFC 9110 §9.2.1). */
const SAFE = new Set(['GET', 'HEAD']);

/**
 * The check for pages and their forms. A form cannot send a custom header, so it must have the origin of its page, which browsers send with
 * every form. Opening a page changes nothing.
 */
export const refuseCrossSiteForm: CrossSiteCheck = ({ headers, method }, origin) => {
  if (SAFE.has(method)) return;
  if (headers.origin !== origin || isFromElsewhere(headers)) throw crossSiteRequest(`Send it from a page of ${origin}.`);
};

const isFromElsewhere = ({ 'sec-fetch-site': site }: Request['headers']) => site !== undefined && site !== 'same-origin';
