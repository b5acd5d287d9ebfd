import { z } from 'zod';
import type { IssuerOptions } from './issuer-options.ts';
import { list, scopes } from './claim-fields.ts';
import { readyMade, type ReadyMadeOptions } from './ready-made.ts';

/** A realm of Keycloak. */
export interface KeycloakOptions extends ReadyMadeOptions {
  /** The URL of the realm: `https://sso.example.com/realms/acme`. */
  readonly realm: string;
  /** The client id that the tokens' `aud` must contain. Your clients need a client scope with an *Audience* mapper for it. */
  readonly audience: string;
  /** The roles that rules see: those of the realm (`realm_access`), or those of the client `audience` (`resource_access`). */
  readonly roles: 'realm' | 'client';
}

const roles = z.object({ roles: list });

const AccessToken = z.object({
  // An ID token has `ID`, a refresh token `Refresh`.
  typ: z.literal('Bearer'),
  sub: z.string(),
  sid: z.string().optional(),
  azp: z.string().optional(),
  scope: scopes,
  realm_access: roles.optional(),
  resource_access: z.record(z.string(), roles).default({}),
});

/**
 * Trusts a realm of Keycloak: RS256, `typ: JWT`, and the lifetime of five minutes that Keycloak has by default.
 *
 * @example
 * AuthModule.forService({ issuer: keycloak({ realm: 'https://sso.example.com/realms/acme', audience: 'shop', roles: 'client' }), … })
 */
export function keycloak({ realm, roles: from, ...options }: KeycloakOptions): IssuerOptions {
  const { audience } = options;
  return readyMade(
    {
      url: realm,
      algorithms: ['RS256'],
      types: ['JWT'],
      mapClaims: (claims) => {
        const { sub, sid, azp, scope, realm_access: ofRealm, resource_access: ofClients } = AccessToken.parse(claims);
        const granted = from === 'realm' ? ofRealm : ofClients[audience];
        return { id: sub, sessionId: sid, clientId: azp, scopes: scope, roles: granted?.roles ?? [] };
      },
      exampleClaims: {
        typ: 'Bearer',
        sub: '6d1c5b6e-6d0b-4c39-8b1d-0c1f5f3c8f11',
        sid: 'c0a5b4f2-6a3f-4a3a-9c38-0a4c1d0e7a55',
        azp: 'web',
        scope: 'openid profile',
        realm_access: { roles: ['member'] },
        resource_access: { [audience]: { roles: ['member'] } },
      },
    },
    options,
  );
}
