import { z } from 'zod';
import type { IssuerOptions } from './issuer-options.ts';
import { list, scopes } from './claim-fields.ts';
import { readyMade, type ReadyMadeOptions } from './ready-made.ts';

/** A user pool of Amazon Cognito. */
export interface CognitoOptions extends ReadyMadeOptions {
  /** The region of the user pool: `eu-central-1`. */
  readonly region: string;
  /** The id of the user pool: `eu-central-1_Ab12Cd34E`. */
  readonly userPool: string;
  /** The id of the app client whose tokens the service accepts. Cognito's access tokens have it in `client_id` and have no `aud`. */
  readonly audience: string;
}

const AccessToken = z.object({
  // An ID token has `id`.
  token_use: z.literal('access'),
  sub: z.string(),
  client_id: z.string(),
  origin_jti: z.string().optional(),
  scope: scopes,
  'cognito:groups': list,
});

/**
 * Trusts a user pool of Amazon Cognito: RS256, a header without `typ`, the audience in `client_id`, and the default lifetime of an hour.
 * Roles are the groups of the pool; the session is `origin_jti`.
 *
 * @example
 * AuthModule.forService({ issuer: cognito({ region: 'eu-central-1', userPool: 'eu-central-1_Ab12Cd34E', audience: '6kd9…' }), … })
 */
export function cognito({ region, userPool, ...options }: CognitoOptions): IssuerOptions {
  return readyMade(
    {
      url: `https://cognito-idp.${region}.amazonaws.com/${userPool}`,
      algorithms: ['RS256'],
      types: ['absent'],
      audienceClaim: 'client_id',
      maxLifetimeS: 3_600,
      mapClaims: (claims) => {
        const { sub, client_id: clientId, origin_jti: sessionId, scope, 'cognito:groups': roles } = AccessToken.parse(claims);
        return { id: sub, clientId, sessionId, scopes: scope, roles };
      },
      exampleClaims: { token_use: 'access', sub: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee', client_id: options.audience, scope: 'openid' },
    },
    options,
  );
}
