import { type AdapterPayload, type ClientMetadata, errors, Provider } from 'oidc-provider';
import { generateKeyPairSync } from 'node:crypto';
import { API_SCOPE } from './api-resource.ts';
import { CLIENT_RULES } from './client-rules.ts';

/**
 * How a client proves that it is the one: with a secret that it keeps on a server; not at all, as it runs where people could read a secret;
 * or with a secret, and for itself alone, without any person.
 */
export type ClientKind = 'confidential' | 'public' | 'machine';

/** What is said of a client to be. */
export interface NewClient {
  /** What people know it by. */
  readonly name: string;
  readonly kind: ClientKind;
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
  /** The scopes that it may ask for. */
  readonly scopes: readonly string[];
}

/** What is said of a client that cannot be. */
export class InvalidClient extends Error {
  override readonly name = 'InvalidClient';
}

const SCOPES: readonly string[] = [...CLIENT_RULES.scopes, API_SCOPE];

/** For tests of what runs on one's own machine. [::1] cannot be said in a content security policy. */
const LOOPBACK = ['localhost', '127.0.0.1'];

/**
 * A client's metadata (RFC 7591 §2), if the authorization server will take it.
 *
 * @param secretHash as it is kept
 * @throws InvalidClient
 */
export async function clientMetadata(id: string, client: NewClient, secretHash: string | undefined): Promise<ClientMetadata> {
  const { name, kind, redirectUris, postLogoutRedirectUris, scopes } = client;
  const unknown = scopes.find((scope) => !SCOPES.includes(scope));
  if (unknown !== undefined) throw new InvalidClient(`There is no scope "${unknown}". There are ${SCOPES.join(', ')}.`);
  for (const uri of [...redirectUris, ...postLogoutRedirectUris]) checkRedirect(uri);
  const isMachine = kind === 'machine';
  if (isMachine === redirectUris.length > 0) {
    throw new InvalidClient(
      isMachine ? 'A machine is sent nowhere: it has no redirect URI.' : 'Where are people sent back to? Give a redirect URI.',
    );
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
    ...(scopes.includes(API_SCOPE) && { api_scope: API_SCOPE }),
  };
  await checkAsServer(metadata);
  return metadata;
}

/** Exactly what is registered is where people are sent, so it has to be a place that nobody else can listen at. */
function checkRedirect(uri: string): void {
  const { protocol, hostname, username, password } = URL.parse(uri) ?? {};
  if (protocol === undefined || uri.includes('*'))
    throw new InvalidClient(`${uri} is no URL. A redirect URI is a whole one, without a pattern.`);
  const isSafe = protocol === 'https:' || (protocol === 'http:' && LOOPBACK.includes(hostname ?? ''));
  if (!isSafe) throw new InvalidClient(`${uri} must be https, or http on localhost or 127.0.0.1.`);
  if (username !== '' || password !== '') throw new InvalidClient(`${uri} must not contain a name or a password.`);
}

/** Has oidc-provider look at a client as it does when the client comes. */
async function checkAsServer(metadata: ClientMetadata): Promise<void> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const server = new Provider('https://localhost', {
    ...CLIENT_RULES,
    jwks: { keys: [privateKey.export({ format: 'jwk' })] },
    adapter: () => onlyKnows(metadata),
    features: { devInteractions: { enabled: false }, clientCredentials: { enabled: true }, rpInitiatedLogout: { enabled: true } },
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
