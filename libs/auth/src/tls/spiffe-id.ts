/**
 * The service that a certificate is for, by its SPIFFE ID (`spiffe://<trust domain>/<service>`), or undefined if it is for none of
 * this trust domain: no URI, more than one (SPIFFE X.509-SVID §2), another domain, a path of more than one segment.
 *
 * @param subjectAltName as Node prints it: `URI:spiffe://reputable.local/post, DNS:post`
 */
export function serviceOf(subjectAltName: string | undefined, trustDomain: string): string | undefined {
  const uris = (subjectAltName ?? '').split(', ').filter((name) => name.startsWith('URI:'));
  const [uri] = uris;
  const prefix = `URI:spiffe://${trustDomain}/`;
  if (uris.length !== 1 || !uri?.startsWith(prefix)) return undefined;
  const service = uri.slice(prefix.length);
  return /^[a-z][a-z0-9-]{0,62}$/.test(service) ? service : undefined;
}
