import type { Provider } from '@reputable/provider';

/** The issuers that `npm start -- --issuer` knows. */
export const ISSUERS = ['keycloak-like'] as const;
export type Issuer = (typeof ISSUERS)[number];

/** The client id of the gateway there. */
export const CLIENT_ID = 'gateway';

/** A running authorization server in place of ours, and the settings of auth and the gateway with which browsers log in there. */
export interface AuthorizationServer {
  readonly realm: Provider;
  readonly settings: Readonly<Record<'auth' | 'gateway', Readonly<Record<string, string>>>>;
}

/** The id of the realm in the settings of auth. */
const ID = 'realm';

/**
 * Starts a realm that issues access tokens in the shape of Keycloak's, and sends logout tokens to auth.
 *
 * @param auth the URL of auth
 */
export async function startAuthorizationServer(port: number, auth: string): Promise<AuthorizationServer> {
  // Only here, because most systems run without one.
  const { Provider } = await import('@reputable/provider');
  const logOutUri = `${auth}/issuers/${ID}/back-channel-log-out`;
  const realm = await Provider.start({ port, realm: { name: 'reputable', audience: 'reputable', logOutUri } });
  const issuer = { id: ID, kind: 'keycloak', realm: realm.issuer, audience: 'reputable', roles: 'realm' };
  const trust = { rolesFrom: 'issuer', trustedClients: [CLIENT_ID], events: { audience: CLIENT_ID } };
  return {
    realm,
    settings: {
      auth: { TOKEN_ISSUERS: JSON.stringify([{ ...issuer, ...trust }]) },
      gateway: {
        ISSUER_TOKENS: 'true',
        AUTHORIZATION_SERVER: realm.issuer,
        AUTHORIZATION_SERVER_CLIENT_ID: CLIENT_ID,
        AUTHORIZATION_SERVER_CLIENT_SECRET: 'The realm accepts any secret.',
      },
    },
  };
}
