import { Inject, Injectable } from '@nestjs/common';
import type { AdapterPayload, ClientMetadata } from 'oidc-provider';
import { timingSafeEqual } from 'node:crypto';
import { DataSource, type EntityManager } from 'typeorm';
import { hashOf } from '../secret/secret-hash.ts';
import { ALL_API_SCOPES, apiResource } from './api-resource.ts';

/** The client of `register` and `logIn` in GraphQL. Over HTTP it has no grant type. */
export const FIRST_PARTY = 'first-party';

/** The gateway as a client, for browser sessions. */
export const GATEWAY = 'gateway';

/** The client of personal access tokens, which are issued by the API and have no grant type. */
export const PERSONAL_ACCESS_TOKEN = 'personal-access-token';

/** Whether a client is our own: it needs no consent, and its tokens carry the user's roles. */
export const isOurs = (clientId: string) => clientId === FIRST_PARTY || clientId === GATEWAY;

/** The injection token of {@link ClientSettings}. */
export const CLIENT_SETTINGS = Symbol('ClientSettings');

/** The settings of our own clients. */
export interface ClientSettings {
  /** The gateway's public URL. */
  readonly gatewayUrl: string;
  /** The gateway's client secret. */
  readonly gatewaySecret: string;
}

/** The OAuth clients: our own, and the registered ones (`npm run clients`). */
@Injectable()
export class OAuthClients {
  readonly #ours: ReadonlyMap<string, ClientMetadata>;

  constructor(
    @Inject(CLIENT_SETTINGS) settings: ClientSettings,
    readonly dataSource: DataSource,
  ) {
    this.#ours = new Map([firstParty, gateway(settings), personalAccessToken].map((client) => [client.client_id, client]));
  }

  /** The metadata (RFC 7591 §2) of a client, with its secret as {@link secretHash}. In a transaction, pass it: it holds a connection already. */
  async find(id: string, tx = this.dataSource.manager): Promise<AdapterPayload | undefined> {
    const ours = this.#ours.get(id);
    // PostgreSQL has no text with this character: it would fail, not find nothing.
    if (ours || id.includes('\0')) return ours;
    const [row] = await tx.query<{ metadata: AdapterPayload }[]>('SELECT metadata FROM oauth_client WHERE id = $1', [id]);
    return row?.metadata;
  }

  /** Keeps a registered client from being removed until the transaction ends. Returns false if it has been removed. */
  async hold(tx: EntityManager, id: string): Promise<boolean> {
    return (await tx.query<object[]>('SELECT 1 FROM oauth_client WHERE id = $1 FOR KEY SHARE', [id])).length === 1;
  }

  /** The origins of the pages that are public clients of the API. */
  async browserOrigins(): Promise<string[]> {
    const rows = await this.dataSource.query<{ uri: string }[]>(
      `SELECT DISTINCT jsonb_array_elements_text(metadata -> 'redirect_uris') AS uri FROM oauth_client
       WHERE metadata ->> 'token_endpoint_auth_method' = 'none' AND metadata ? 'api_scope'`,
    );
    return [...new Set(rows.flatMap(({ uri }) => originOf(uri) ?? []))];
  }

  /** The names of these clients, by id. A removed client's name is its id. */
  async names(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const found = await Promise.all([...new Set(ids)].map(async (id) => [id, (await this.find(id))?.client_name ?? id] as const));
    return new Map(found);
  }
}

/** The origin of a redirect URI; undefined if it has none. */
export function originOf(uri: string): string | undefined {
  const origin = URL.parse(uri)?.origin;
  return origin === 'null' ? undefined : origin;
}

/** The hash of a client secret for storage, in hex. */
export const secretHash = (secret: string) => hashOf(secret).toString('hex');

/** Whether a client's metadata has the hash of this secret. */
export function isSecretOf(hash: string | undefined, secret: string): boolean {
  const [expected, actual] = [Buffer.from(hash ?? ''), Buffer.from(secretHash(secret))];
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

const firstParty: ClientMetadata = {
  client_id: FIRST_PARTY,
  client_name: 'Reputable',
  token_endpoint_auth_method: 'none',
  redirect_uris: [],
  response_types: [],
  grant_types: [],
};

const personalAccessToken: ClientMetadata = { ...firstParty, client_id: PERSONAL_ACCESS_TOKEN, client_name: 'Personal access token' };

const gateway = ({ gatewayUrl, gatewaySecret }: ClientSettings): ClientMetadata => ({
  client_id: GATEWAY,
  client_name: 'Reputable on the web',
  client_secret: secretHash(gatewaySecret),
  token_endpoint_auth_method: 'client_secret_basic',
  redirect_uris: [new URL('/auth/callback', gatewayUrl).href],
  post_logout_redirect_uris: [new URL('/', gatewayUrl).href],
  response_types: ['code'],
  grant_types: ['authorization_code', 'refresh_token'],
  scope: 'openid',
  api_scope: ALL_API_SCOPES,
  resource_server: apiResource(gatewayUrl),
});
