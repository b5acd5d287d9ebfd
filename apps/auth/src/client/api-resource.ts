/** The scope that lets a client act for the user: post, comment, vote. Only our own clients also get the user's roles. */
export const API_SCOPE = 'api';

/** The resource indicator (RFC 8707) of the API, derived from the gateway's public URL. */
export const apiResource = (gatewayUrl: string) => new URL('/graphql', gatewayUrl).href;

/** The injection token of the API's resource indicator. */
export const API = Symbol('api');
