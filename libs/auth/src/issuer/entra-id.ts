import { z } from 'zod';
import type { IssuerOptions } from './issuer-options.ts';
import { ClaimsError } from './mapped-user.ts';
import { list, scopes } from './claim-fields.ts';
import { readyMade, type ReadyMadeOptions } from './ready-made.ts';

/** A tenant of Microsoft Entra ID. */
export interface EntraIdOptions extends ReadyMadeOptions {
  /** The id of the tenant, a UUID. */
  readonly tenant: string;
  /** The application (client) id of your API. Its manifest must set `requestedAccessTokenVersion` to 2. */
  readonly audience: string;
  /** The roles that rules see: the app roles (`roles`), or the ids of the user's groups (`groups`). Default: `roles`. */
  readonly roles?: 'roles' | 'groups';
}

const AccessToken = z.object({
  ver: z.literal('2.0'),
  oid: z.string(),
  tid: z.string(),
  sid: z.string().optional(),
  // An ID token has none.
  azp: z.string(),
  scp: scopes,
  roles: list,
  groups: list,
  // Group overage: the user is in more groups than a token holds, and the token has none of them.
  _claim_names: z.object({ groups: z.string().optional() }).optional(),
  hasgroups: z.boolean().optional(),
});

/**
 * Trusts a tenant of Microsoft Entra ID by its tokens of version 2: RS256, `typ: JWT`, and lifetimes up to 100 minutes. The user's id is
 * `oid`, which is the same for all applications of the tenant. With `roles: 'groups'`, a token with a group overage is refused
 * (`CLAIMS_INVALID`): assign groups to the application, or use app roles.
 *
 * @example AuthModule.forService({ issuer: entraId({ tenant: '72f988bf-…', audience: '6e74172b-…' }), … })
 */
export function entraId({ tenant, roles: from = 'roles', ...options }: EntraIdOptions): IssuerOptions {
  return readyMade(
    {
      url: `https://login.microsoftonline.com/${tenant}/v2.0`,
      algorithms: ['RS256'],
      types: ['JWT'],
      maxLifetimeS: 6_000,
      mapClaims: (claims) => {
        const { oid, tid, sid, azp, scp, roles, groups, hasgroups, _claim_names: names } = AccessToken.parse(claims);
        if (tid !== tenant) throw new Error('tid is another tenant');
        if (scp.length + roles.length === 0) throw new Error('neither scp nor roles: an application of the tenant that has no permission');
        if (from === 'groups' && (hasgroups === true || names?.groups !== undefined)) throw overage();
        return { id: oid, tenant: tid, sessionId: sid, clientId: azp, scopes: scp, roles: from === 'groups' ? groups : roles };
      },
      exampleClaims: { ver: '2.0', oid: '690222be-ff1a-4d56-abd1-7e4f7d38e474', tid: tenant, azp: 'web', scp: 'access_as_user', roles: [] },
    },
    options,
  );
}

const overage = () => new ClaimsError('you are in more groups than a token can hold. Ask the administrator to assign groups to the app.');
