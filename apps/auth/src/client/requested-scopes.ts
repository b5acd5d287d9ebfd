import type { Client } from 'oidc-provider';
import { CLAIMS } from './client-rules.ts';

/** What an application requests: scopes, and single claims (OpenID Connect Core §5.5). */
export interface Requested {
  readonly scopes: Iterable<string>;
  readonly claims: Iterable<string>;
}

/**
 * The requested scopes that the client is registered for, and those of the requested claims. Others are ignored (RFC 6749 §3.3).
 */
export function requestedScopes(client: Client, { scopes, claims }: Requested): string[] {
  const requested = new Set([...scopes, ...[...claims].flatMap(scopesOf)]);
  return registeredScopes(client).filter((scope) => requested.has(scope));
}

/** Whether the client is registered for the scope of a claim. */
export const mayRequest = (client: Client, claim: string) => scopesOf(claim).every((scope) => registeredScopes(client).includes(scope));

const registeredScopes = ({ scope = '', api_scope: apiScope }: Client) =>
  `${scope} ${typeof apiScope === 'string' ? apiScope : ''}`.split(' ').filter((name) => name !== '');

const scopesOf = (claim: string) => Object.keys(CLAIMS).filter((scope) => CLAIMS[scope]?.includes(claim));
