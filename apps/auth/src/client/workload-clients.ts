import { ruleOf, spiffeIdOf } from '@reputable/auth';
import { AuthService } from '@reputable/contracts/auth/v1/auth';
import type { ClientMetadata } from 'oidc-provider';

/** The grant type of token exchange (RFC 8693 §2.1). */
export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

/** The services that may request Transaction Tokens: the `callers` of the rpc. */
export const { callers: TOKEN_REQUESTERS } = ruleOf(AuthService.method.issueTransactionToken);

/**
 * The services that may request Transaction Tokens, as clients of the token endpoint. Each authenticates by its certificate (RFC 8705 §2.1), and its
 * client id is its SPIFFE ID, as in draft-ietf-oauth-spiffe-client-auth.
 */
export const workloadClients = (trustDomain: string): ClientMetadata[] =>
  TOKEN_REQUESTERS.map((service) => {
    const id = spiffeIdOf(service, trustDomain);
    return {
      client_id: id,
      client_name: service,
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_auth_san_uri: id,
      redirect_uris: [],
      response_types: [],
      grant_types: [TOKEN_EXCHANGE],
    };
  });
