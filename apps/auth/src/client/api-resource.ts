import { SCOPES } from '@reputable/contracts';

/** All scopes of the API, as our own clients have them (RFC 6749 §3.3). */
export const ALL_API_SCOPES = SCOPES.join(' ');

/** The resource indicator (RFC 8707) of the API, derived from the gateway's public URL. */
export const apiResource = (gatewayUrl: string) => new URL('/graphql', gatewayUrl).href;

/** The injection token of the API's resource indicator. */
export const API = Symbol('api');
