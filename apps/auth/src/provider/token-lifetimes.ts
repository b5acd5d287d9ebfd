/** The lifetime of an opaque access token, in seconds. */
export const ACCESS_TOKEN_LIFETIME_S = 300;
