import { type Client, type Configuration, errors, interactionPolicy, type KoaContextWithOIDC, type ResourceServer } from 'oidc-provider';
import { CLIENT_RULES } from '../client/client-rules.ts';
import { SESSION_LIFETIME_S } from '../session/session.service.ts';
import { ACCESS_TOKEN_LIFETIME_S } from './token-lifetimes.ts';

/** What the configuration does not know by itself. */
export type Surroundings = Required<Pick<Configuration, 'adapter' | 'findAccount' | 'jwks' | 'loadExistingGrant' | 'renderError'>> & {
  /** The API's resource indicator. */
  readonly api: string;
  /** What cookies are signed with. */
  readonly cookieKeys: readonly Uint8Array[];
  /** Whether browsers come by https. */
  readonly secure: boolean;
  /** The path where people log in and consent, by interaction. */
  readonly interactionPath: (uid: string) => string;
  /** The page that asks whether to log out, and the one that says it is done. */
  readonly logoutPages: NonNullable<NonNullable<Configuration['features']>['rpInitiatedLogout']>;
};

/**
 * How the authorization server behaves: the code flow with PKCE, always; refresh tokens that are good for one use; opaque tokens only;
 * no implicit flow, no passwords over HTTP, nothing that a client has not been registered for.
 */
export function providerConfiguration({ api, cookieKeys, secure, interactionPath, logoutPages, ...given }: Surroundings): Configuration {
  const cookie = { httpOnly: true, sameSite: 'lax', signed: true, secure } as const;
  return {
    ...given,
    ...CLIENT_RULES,
    claims: { openid: ['sub'], profile: ['name'], email: ['email'] },
    pkce: { required: () => true },
    rotateRefreshToken: () => true,
    // Logging out at the authorization server ends all that came of that log-in, in every client.
    expiresWithSession: () => true,
    clientBasedCORS: (_ctx, origin, client) => isBrowserClientOf(client, origin),
    clockTolerance: 5,
    cookies: {
      names: { session: 'login', interaction: 'interaction', resume: 'interaction_resume' },
      keys: cookieKeys as Uint8Array[] as Buffer[],
      long: cookie,
      short: cookie,
    },
    interactions: { url: (_ctx, { uid }) => interactionPath(uid), policy: prompts() },
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      externalSigningSupport: { enabled: true, ack: 'experimental-01' },
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: (_ctx, client, token) => mayIntrospect(client, token) },
      revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => mayRevoke(client, token) },
      rpInitiatedLogout: { enabled: true, ...logoutPages },
      resourceIndicators: {
        enabled: true,
        defaultResource: (_ctx, _client, oneOf) => oneOf ?? [],
        getResourceServerInfo: (_ctx, indicator, client) => resourceServer(indicator, api, client),
      },
    },
    ttl: {
      AccessToken: ACCESS_TOKEN_LIFETIME_S,
      AuthorizationCode: 60,
      ClientCredentials: ACCESS_TOKEN_LIFETIME_S,
      IdToken: ACCESS_TOKEN_LIFETIME_S,
      Interaction: 600,
      Session: SESSION_LIFETIME_S,
      Grant: SESSION_LIFETIME_S,
      // However often they are refreshed.
      RefreshToken: (_ctx: KoaContextWithOIDC, token) => Math.max(1, SESSION_LIFETIME_S - token.totalLifetime()),
    },
  };
}

/** When people are asked for what: as oidc-provider has it, and who is logged in but suspended by now has to log in, where they are told. */
function prompts(): interactionPolicy.DefaultPolicy {
  const { Check, base } = interactionPolicy;
  const policy = base();
  const mayNot = new Check('account_unavailable', 'The account is not available.', 'login_required', ({ oidc }) => {
    return oidc.session?.accountId !== undefined && !oidc.account ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT;
  });
  policy.get('login')?.checks.add(mayNot);
  return policy;
}

function resourceServer(indicator: string, api: string, { api_scope: scope }: Client): ResourceServer {
  if (indicator !== api) throw new errors.InvalidTarget(`The only resource there is is ${api}.`);
  if (typeof scope !== 'string') throw new errors.InvalidTarget(`This client is not registered for ${api}.`);
  return { scope, audience: api, accessTokenFormat: 'opaque', accessTokenTTL: ACCESS_TOKEN_LIFETIME_S };
}

/** A confidential client may ask about its own tokens, and about those for the resource server that it is (RFC 7662 §4). */
function mayIntrospect(client: Client, token: { readonly clientId?: string | undefined; readonly aud?: unknown }): boolean {
  if (client.clientAuthMethod === 'none') return false;
  return token.clientId === client.clientId || (token.aud !== undefined && token.aud === client['resource_server']);
}

/** RFC 7009 §2.1: a client may revoke its own. */
function mayRevoke(client: Client, { clientId }: { readonly clientId?: string | undefined }): boolean {
  if (clientId === client.clientId) return true;
  throw new errors.InvalidRequest('This token is not of this client.');
}

const isBrowserClientOf = (client: Client, origin: string) =>
  client.clientAuthMethod === 'none' && (client.redirectUris ?? []).some((uri) => URL.parse(uri)?.origin === origin);
