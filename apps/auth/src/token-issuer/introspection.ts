import type { Algorithm } from '@reputable/auth';
import { isLoopback, isPrivate } from '@reputable/service';
import * as openid from 'openid-client';
import type { Discovery } from '../outside-provider/discovery.ts';
import { boundedFetch } from './bounded-fetch.ts';
import type { IntrospectionSettings } from './introspection.field.ts';

/** The limit of a request, in seconds. It is shorter than that of the gateway's call, which can then tell what is down. */
const TIMEOUT_S = 1.5;

/** The media type of a signed response (RFC 9701 §5). */
const SIGNED = 'application/token-introspection+jwt';

/** Asks an issuer about its tokens (RFC 7662). */
export class Introspection {
  #client: { readonly metadata: openid.ServerMetadata; readonly configuration: openid.Configuration } | undefined;

  /** @param algorithms the algorithms that the issuer may sign with */
  constructor(
    readonly settings: IntrospectionSettings,
    readonly algorithms: readonly Algorithm[],
    readonly discovery: Discovery,
  ) {}

  /**
   * The claims of an active token, as the issuer states them; undefined if the token is not active.
   *
   * @throws Error if the issuer does not answer as it must: the token may be valid
   */
  async claimsOf(token: string): Promise<Record<string, unknown> | undefined> {
    const configuration = this.#configurationFor(await this.discovery.metadata());
    try {
      const { active, ...claims } = await openid.tokenIntrospection(configuration, token, { token_type_hint: 'access_token' });
      return active ? claims : undefined;
    } catch (error) {
      if (isAboutToken(error)) return undefined;
      throw error;
    }
  }

  #configurationFor(metadata: openid.ServerMetadata): openid.Configuration {
    if (this.#client?.metadata !== metadata) this.#client = { metadata, configuration: this.#configurationOf(metadata) };
    return this.#client.configuration;
  }

  #configurationOf(metadata: openid.ServerMetadata): openid.Configuration {
    const { credentials, endpoint = metadata.introspection_endpoint ?? '', signed } = this.settings;
    const url = URL.parse(endpoint);
    if (!url || !isPrivate(url)) throw new Error(`its introspection_endpoint is ${endpoint || 'missing'}`);
    const clientId = 'clientId' in credentials ? credentials.clientId : 'none';
    const server = { ...metadata, introspection_endpoint: endpoint };
    const client = signed ? { introspection_signed_response_alg: this.#algorithmOf(metadata) } : {};
    const configuration = new openid.Configuration(server, clientId, client, authenticationOf(this.settings, metadata));
    configuration.timeout = TIMEOUT_S;
    configuration[openid.customFetch] = boundedFetch(signed ? SIGNED : 'application/json');
    openid.enableNonRepudiationChecks(configuration);
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- deprecated as a warning: it is for this machine alone
    if (isLoopback(url)) openid.allowInsecureRequests(configuration);
    return configuration;
  }

  /** The algorithm of signed responses: one that the issuer offers and may use. */
  #algorithmOf({ introspection_signing_alg_values_supported: offered = [] }: openid.ServerMetadata): string {
    const algorithm = this.algorithms.find((one) => offered.includes(one));
    if (algorithm === undefined) throw new Error(`its metadata offers no signed introspection response with ${this.algorithms.join(', ')}`);
    return algorithm;
  }
}

/** By the header unless the issuer takes the secret in the body only (RFC 8414 §2). */
function authenticationOf({ credentials }: IntrospectionSettings, metadata: openid.ServerMetadata): openid.ClientAuth {
  if ('accessToken' in credentials)
    return (_server, _client, _body, headers) => {
      headers.set('authorization', `Bearer ${credentials.accessToken}`);
    };
  const { introspection_endpoint_auth_methods_supported: methods = ['client_secret_basic'] } = metadata;
  const isBodyOnly = !methods.includes('client_secret_basic') && methods.includes('client_secret_post');
  return isBodyOnly ? openid.ClientSecretPost(credentials.clientSecret) : openid.ClientSecretBasic(credentials.clientSecret);
}

/** Whether the issuer has refused the token itself, in place of the request. */
const isAboutToken = (error: unknown) =>
  error instanceof openid.ResponseBodyError && error.status === 400 && error.error === 'invalid_request';
