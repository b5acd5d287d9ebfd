/** The scope that lets a client act in the user's name: post, comment, vote. Roles come with it only for our own clients. */
export const API_SCOPE = 'api';

/** The resource indicator (RFC 8707) of the API, by the gateway's public URL. */
export const apiResource = (gatewayUrl: string) => new URL('/graphql', gatewayUrl).href;

/** The provider of the API's resource indicator. */
export const API = Symbol('api');
