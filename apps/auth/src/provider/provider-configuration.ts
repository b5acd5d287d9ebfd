import {
  type ClaimsParameter,
  type Client,
  type Configuration,
  errors,
  interactionPolicy,
  type KoaContextWithOIDC,
  type ResourceServer,
} from 'oidc-provider';
import { CLAIMS, CLIENT_RULES } from '../client/client-rules.ts';
import { originOf } from '../client/oauth-clients.ts';
import { mayRequest } from '../client/requested-scopes.ts';
import { SESSION_LIFETIME_S } from '../session/session.service.ts';
import { extraTokenClaims } from './log-in-claims.ts';
import { ACCESS_TOKEN_LIFETIME_S } from './token-lifetimes.ts';

/** The parts of the configuration that depend on the service. */
export type ProviderDependencies = Required<Pick<Configuration, 'adapter' | 'findAccount' | 'jwks' | 'loadExistingGrant' | 'renderError'>> &
  Pick<Configuration, 'clients'> & {
    /** The API's resource indicator. */
    readonly api: string;
    /** The keys that sign cookies. */
    readonly cookieKeys: readonly Uint8Array[];
    /** The secret of the nonces of DPoP proofs: 32 bytes. */
    readonly proofSecret: Uint8Array;
    /** Whether browsers use https. */
    readonly secure: boolean;
    /** How clients authenticate by their certificates, if any do. */
    readonly mTLS?: NonNullable<Configuration['features']>['mTLS'];
    /** The path of an interaction's log-in and consent pages. */
    readonly interactionPath: (uid: string) => string;
    /** The page that asks to confirm a log-out, and the page after it. */
    readonly logoutPages: NonNullable<NonNullable<Configuration['features']>['rpInitiatedLogout']>;
  };

/**
 * The configuration of oidc-provider, where it differs from the defaults: the code flow, always with PKCE; single-use refresh tokens; opaque access
 * tokens only; no implicit flow, no password grant, and only the scopes and grant types that a client is registered for.
 */
export function providerConfiguration({
  api,
  cookieKeys,
  proofSecret,
  secure,
  mTLS,
  interactionPath,
  logoutPages,
  ...given
}: ProviderDependencies): Configuration {
  const cookie = { secure };
  return {
    ...given,
    ...CLIENT_RULES,
    ...(mTLS && { clientAuthMethods: [...CLIENT_RULES.clientAuthMethods, 'tls_client_auth'] }),
    claims: Object.fromEntries(Object.entries(CLAIMS).map(([scope, claims]) => [scope, [...claims]])),
    extraTokenClaims,
    pkce: { required: () => true },
    rotateRefreshToken: () => true,
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
      dPoP: { nonceSecret: Buffer.from(proofSecret), requireNonce: () => true },
      claimsParameter: { enabled: true, assertClaimsParameter: ignoreClaims },
      externalSigningSupport: { enabled: true, ack: 'experimental-01' },
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: (_ctx, client, token) => mayIntrospect(client, token) },
      revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => mayRevoke(client, token) },
      rpInitiatedLogout: logoutPages,
      backchannelLogout: { enabled: true },
      ...(mTLS && { mTLS }),
      resourceIndicators: {
        getResourceServerInfo: (_ctx, indicator, client) => resourceServer(indicator, api, client),
      },
    },
    ttl: {
      AccessToken: ACCESS_TOKEN_LIFETIME_S,
      ClientCredentials: ACCESS_TOKEN_LIFETIME_S,
      IdToken: ACCESS_TOKEN_LIFETIME_S,
      Interaction: 600,
      Session: SESSION_LIFETIME_S,
      Grant: SESSION_LIFETIME_S,
      // The lifetime counts from the first refresh token of the session, not from this one.
      RefreshToken: (_ctx: KoaContextWithOIDC, token) => Math.max(1, SESSION_LIFETIME_S - token.totalLifetime()),
    },
  };
}

/** Removes the claims that the client is not registered for from the parameter `claims`: they are ignored, like such scopes. */
function ignoreClaims({ oidc }: KoaContextWithOIDC, claims: ClaimsParameter, client: Client): Promise<void> {
  const kept = Object.entries(claims as Record<string, object | undefined>).map(([place, named]) => [
    place,
    Object.fromEntries(Object.entries(named ?? {}).filter(([claim]) => mayRequest(client, claim))),
  ]);
  if (oidc.params) oidc.params['claims'] = JSON.stringify(Object.fromEntries(kept));
  return Promise.resolve();
}

/** oidc-provider's prompts, and one more check: a suspended user must log in again, and the log-in page then shows the suspension. */
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
  if (indicator !== api) throw new errors.InvalidTarget(`Unknown resource. The only resource is ${api}.`);
  if (typeof scope !== 'string') throw new errors.InvalidTarget(`This client is not registered for ${api}.`);
  return { scope };
}

/** A confidential client may introspect its own tokens and, as a resource server, the tokens for its resource (RFC 7662 §4). */
function mayIntrospect(client: Client, token: { readonly clientId?: string | undefined; readonly aud?: unknown }): boolean {
  if (client.clientAuthMethod === 'none') return false;
  return token.clientId === client.clientId || (token.aud !== undefined && token.aud === client['resource_server']);
}

/** A client may revoke its own tokens only (RFC 7009 §2.1). */
function mayRevoke(client: Client, { clientId }: { readonly clientId?: string | undefined }): boolean {
  if (clientId === client.clientId) return true;
  throw new errors.InvalidRequest('The token was issued to another client.');
}

const isBrowserClientOf = (client: Client, origin: string) =>
  client.clientAuthMethod === 'none' && (client.redirectUris ?? []).some((uri) => originOf(uri) === origin);
