import { z } from 'zod';
import { StatusError } from './bounded-fetch.ts';
import { isPrivate } from './private-url.ts';

/** The part of an issuer's metadata that verification needs (RFC 8414 §2). */
const Metadata = z.object({ issuer: z.string(), jwks_uri: z.url() });

/** The metadata is that of another issuer, or names keys that anybody in the network could replace. A mistake in the configuration. */
export class DiscoveryError extends Error {
  override readonly name = 'DiscoveryError';
}

/**
 * The URL of an issuer's JWKS, from its metadata: first OpenID Connect Discovery 1.0 §4, and if the issuer has none, RFC 8414 §3.
 *
 * @param fetchText fetches a document within bounds
 * @throws DiscoveryError if the metadata's `issuer` is another one (RFC 8414 §3.3), or if `jwks_uri` is neither https nor on this machine
 */
export async function discoverJwksUri(issuer: string, fetchText: (url: string) => Promise<string>): Promise<string> {
  const { issuer: named, jwks_uri: jwksUri } = Metadata.parse(JSON.parse(await metadataOf(issuer, fetchText)));
  if (named !== issuer) throw new DiscoveryError(`its metadata names another issuer, ${named}. Set url to the exact iss of its tokens.`);
  if (!isPrivate(new URL(jwksUri))) throw new DiscoveryError(`its jwks_uri must be https, or http on this machine: ${jwksUri}.`);
  return jwksUri;
}

async function metadataOf(issuer: string, fetchText: (url: string) => Promise<string>): Promise<string> {
  try {
    return await fetchText(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  } catch (error) {
    if (!(error instanceof StatusError) || error.status !== 404) throw error;
    const { origin, pathname } = new URL(issuer);
    return fetchText(`${origin}/.well-known/oauth-authorization-server${pathname.replace(/\/$/, '')}`);
  }
}
