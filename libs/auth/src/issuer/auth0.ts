import { z } from 'zod';
import type { IssuerOptions } from './issuer-options.ts';
import { list, scopes } from './claim-fields.ts';
import { readyMade, type ReadyMadeOptions } from './ready-made.ts';

/** A tenant of Auth0. */
export interface Auth0Options extends ReadyMadeOptions {
  /** The domain of the tenant: `acme.eu.auth0.com`, or your custom domain. */
  readonly domain: string;
  /** The identifier of your API, as registered: `https://api.example.com`. */
  readonly audience: string;
  /**
   * The claim with the user's roles, which an Action of yours adds: `https://example.com/roles`. Without it, the roles are the `permissions`
   * of the API alone (*RBAC* with *Add Permissions in the Access Token*).
   */
  readonly rolesClaim?: string;
}

const AccessToken = z.looseObject({
  sub: z.string(),
  azp: z.string().optional(),
  client_id: z.string().optional(),
  scope: scopes,
  permissions: list,
});

/**
 * Trusts a tenant of Auth0: RS256, `typ: JWT` or `at+jwt` (the token profile of RFC 9068), and Auth0's default lifetime of 24 hours.
 * Shorten it in the settings of the API, then here: a stolen token is good that long. User ids are texts such as `auth0|507f1f77`.
 *
 * @example AuthModule.forService({ issuer: auth0({ domain: 'acme.eu.auth0.com', audience: 'https://api.example.com' }), … })
 */
export function auth0({ domain, rolesClaim, ...options }: Auth0Options): IssuerOptions {
  return readyMade(
    {
      url: `https://${domain}/`,
      algorithms: ['RS256'],
      types: ['JWT', 'at+jwt'],
      maxLifetimeS: 86_400,
      mapClaims: (claims) => {
        const { sub, azp, client_id: clientId, scope, permissions, ...more } = AccessToken.parse(claims);
        const roles = rolesClaim === undefined ? [] : list.parse(more[rolesClaim]);
        return { id: sub, clientId: clientId ?? azp, scopes: scope, roles: [...roles, ...permissions] };
      },
      exampleClaims: { sub: 'auth0|507f1f77bcf86cd799439011', azp: 'web', scope: 'openid profile', permissions: ['post:write'] },
    },
    options,
  );
}
