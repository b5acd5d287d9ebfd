/**
 * The service named by a certificate's SPIFFE ID (`spiffe://<trust domain>/<service>`). Undefined for no URI, several URIs (SPIFFE
 * X.509-SVID §2), another trust domain, or a path of more than one segment.
 *
 * @param subjectAltName as Node prints it: `URI:spiffe://reputable.local/post, DNS:post`
 */
export function serviceOf(subjectAltName: string | undefined, trustDomain: string): string | undefined {
  const uris = (subjectAltName ?? '').split(', ').filter((name) => name.startsWith('URI:'));
  const [uri] = uris;
  const prefix = `URI:spiffe://${trustDomain}/`;
  if (uris.length !== 1 || !uri?.startsWith(prefix)) return undefined;
  const service = uri.slice(prefix.length);
  return isServiceName(service) ? service : undefined;
}

/** The SPIFFE ID of a service of a trust domain. */
export const spiffeIdOf = (service: string, trustDomain: string): string => `spiffe://${trustDomain}/${service}`;

/** Whether a text can be the name of a service. */
export const isServiceName = (text: string): boolean => /^[a-z][a-z0-9-]{0,62}$/.test(text);
