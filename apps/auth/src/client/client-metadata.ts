import { GRANTABLE_SCOPES } from '@reputable/contracts';
import { type AdapterPayload, type ClientMetadata, errors, Provider } from 'oidc-provider';
import { generateKeyPairSync } from 'node:crypto';
import { CLIENT_RULES } from './client-rules.ts';

/**
 * How a client authenticates. A `confidential` one has a secret on its server; a `public` one runs on a device that cannot keep a secret; a
 * `machine` has a secret and acts for itself, without users.
 */
export type ClientKind = 'confidential' | 'public' | 'machine';

/** A client to register. */
export interface NewClient {
  /** The name that users see. */
  readonly name: string;
  readonly kind: ClientKind;
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
  /** Where it is told that a session has ended (OpenID Connect Back-Channel Logout 1.0). */
  readonly backChannelLogOutUri?: string | undefined;
  /** The scopes that it may request. */
  readonly scopes: readonly string[];
  /** Whether it must push its authorization requests (RFC 9126). It always may. */
  readonly mustPush?: boolean;
  /** Whether its tokens must be bound to a key of the client (DPoP, RFC 9449). They always may. */
  readonly mustProve?: boolean;
}

/** The client to register is invalid. */
export class InvalidClient extends Error {
  override readonly name = 'InvalidClient';
}

const API_SCOPES: readonly string[] = Object.keys(GRANTABLE_SCOPES);

/** The scopes that a client can be registered for. */
export const CLIENT_SCOPES: readonly string[] = [...CLIENT_RULES.scopes, ...API_SCOPES];

/** Hosts that may use http, for development. [::1] is missing: a content security policy cannot contain it. */
const LOOPBACK = ['localhost', '127.0.0.1'];

/**
 * Builds a client's metadata (RFC 7591 §2) and checks it as the authorization server does.
 *
 * @param secretHash see `secretHash()`
 * @throws InvalidClient
 */
export async function clientMetadata(id: string, client: NewClient, secretHash: string | undefined): Promise<ClientMetadata> {
  const { name, kind, redirectUris, postLogoutRedirectUris, scopes, backChannelLogOutUri, mustPush = false, mustProve = false } = client;
  const unknown = scopes.find((scope) => !CLIENT_SCOPES.includes(scope));
  if (unknown !== undefined) throw new InvalidClient(`Unknown scope: ${unknown}. Known scopes: ${CLIENT_SCOPES.join(', ')}.`);
  for (const uri of [...redirectUris, ...postLogoutRedirectUris, ...(backChannelLogOutUri ? [backChannelLogOutUri] : [])])
    checkRedirect(uri);
  const apiScopes = API_SCOPES.filter((scope) => scopes.includes(scope));
  const isMachine = kind === 'machine';
  if (isMachine === redirectUris.length > 0) {
    throw new InvalidClient(isMachine ? 'A machine has no redirect URI. Leave it out.' : 'A client with users needs a redirect URI.');
  }
  const metadata: ClientMetadata = {
    client_id: id,
    client_name: name,
    ...(secretHash !== undefined && { client_secret: secretHash }),
    token_endpoint_auth_method: kind === 'public' ? 'none' : 'client_secret_basic',
    redirect_uris: [...redirectUris],
    post_logout_redirect_uris: [...postLogoutRedirectUris],
    response_types: isMachine ? [] : ['code'],
    grant_types: isMachine ? ['client_credentials'] : ['authorization_code', 'refresh_token'],
    scope: CLIENT_RULES.scopes.filter((scope) => scope === 'openid' || scopes.includes(scope)).join(' '),
    ...(apiScopes.length > 0 && { api_scope: apiScopes.join(' ') }),
    ...(backChannelLogOutUri !== undefined && {
      backchannel_logout_uri: backChannelLogOutUri,
      backchannel_logout_session_required: true,
    }),
    ...(mustPush && { require_pushed_authorization_requests: true }),
    ...(mustProve && { dpop_bound_access_tokens: true }),
  };
  await checkAsServer(metadata);
  return metadata;
}

/** Browsers carry codes to a redirect URI, so nobody else may listen there. */
function checkRedirect(uri: string): void {
  const { protocol, hostname, username, password } = URL.parse(uri) ?? {};
  if (protocol === undefined || uri.includes('*')) throw new InvalidClient(`${uri} is not an absolute URL without wildcards.`);
  const isSafe = protocol === 'https:' || (protocol === 'http:' && LOOPBACK.includes(hostname ?? ''));
  if (!isSafe) throw new InvalidClient(`${uri} must be https, or http on localhost or 127.0.0.1.`);
  if (username !== '' || password !== '') throw new InvalidClient(`${uri} must not contain a user name or a password.`);
}

/** Validates a client by oidc-provider's own schema, as at a request of the client. */
async function checkAsServer(metadata: ClientMetadata): Promise<void> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const server = new Provider('https://localhost', {
    ...CLIENT_RULES,
    jwks: { keys: [privateKey.export({ format: 'jwk' })] },
    adapter: () => onlyKnows(metadata),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
    },
  });
  try {
    await server.Client.find(metadata.client_id);
  } catch (error) {
    if (error instanceof errors.OIDCProviderError) throw new InvalidClient(error.error_description ?? error.message, { cause: error });
    throw error;
  }
}

function onlyKnows(client: AdapterPayload) {
  const nothing = () => Promise.resolve(undefined);
  return {
    find: () => Promise.resolve(client),
    upsert: nothing,
    findByUid: nothing,
    findByUserCode: nothing,
    consume: nothing,
    destroy: nothing,
    revokeByGrantId: nothing,
  };
}
