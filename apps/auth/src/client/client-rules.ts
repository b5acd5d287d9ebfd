import type { Configuration } from 'oidc-provider';

/** The claims that each scope of OpenID Connect stands for (OpenID Connect Core §5.4). */
export const CLAIMS: Readonly<Record<string, readonly string[]>> = {
  openid: ['sub', 'auth_time', 'amr'],
  profile: ['name'],
  email: ['email', 'email_verified'],
};

/** The part of oidc-provider's configuration that decides which client metadata is valid. */
export const CLIENT_RULES = {
  scopes: Object.keys(CLAIMS),
  responseTypes: ['code'],
  issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
  clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'none'],
  clientDefaults: { id_token_signed_response_alg: 'ES256' },
  // The API scopes that the client may request, and the API that the client itself serves.
  extraClientMetadata: { properties: ['api_scope', 'resource_server'] },
} satisfies Configuration;
