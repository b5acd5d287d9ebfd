import type { Client } from 'oidc-provider';

/** The requested scopes that the client is registered for. Others are ignored (RFC 6749 §3.3). */
export function requestedScopes({ scope = '', api_scope: apiScope }: Client, requested: readonly string[]): string[] {
  const registered = new Set(`${scope} ${typeof apiScope === 'string' ? apiScope : ''}`.split(' '));
  return requested.filter((scope) => registered.has(scope));
}
