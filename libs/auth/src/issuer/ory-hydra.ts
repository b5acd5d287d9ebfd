import { z } from 'zod';
import type { IssuerOptions } from './issuer-options.ts';
import { list, scopes } from './claim-fields.ts';
import { readyMade, type ReadyMadeOptions } from './ready-made.ts';

/** An Ory Hydra. Services verify its access tokens themselves if they are JWTs (`strategies.access_token: jwt`). */
export interface OryHydraOptions extends ReadyMadeOptions {
  /** The issuer, exactly as configured in `urls.self.issuer`. */
  readonly url: string;
  /** A value of `aud`. Clients ask for it with the parameter `audience`. */
  readonly audience: string;
}

const AccessToken = z.object({
  sub: z.string(),
  client_id: z.string(),
  // Opaque tokens have one, too: a refresh token has `refresh_token`.
  token_use: z.literal('access_token').optional(),
  // A list in a JWT, a text in the response of the introspection.
  scp: scopes,
  scope: scopes,
  // Set by your consent app, in `session.access_token`.
  ext: z.object({ roles: list, sid: z.string().optional() }).default({ roles: [] }),
});

/**
 * Trusts an Ory Hydra: RS256, `typ: JWT`, and the default lifetime of an hour. Roles are `ext.roles`, the session is `ext.sid`: your consent
 * app sets both.
 *
 * @example AuthModule.forService({ issuer: oryHydra({ url: 'https://hydra.example.com', audience: 'shop' }), … })
 */
export function oryHydra({ url, ...options }: OryHydraOptions): IssuerOptions {
  return readyMade(
    {
      url,
      algorithms: ['RS256'],
      types: ['JWT'],
      maxLifetimeS: 3_600,
      mapClaims: (claims) => {
        const { sub, client_id: clientId, scp, scope, ext } = AccessToken.parse(claims);
        return { id: sub, clientId, sessionId: ext.sid, scopes: [...new Set([...scp, ...scope])], roles: ext.roles };
      },
      exampleClaims: { sub: 'user-42', client_id: 'web', scp: ['openid'], ext: { roles: ['member'] } },
    },
    options,
  );
}
