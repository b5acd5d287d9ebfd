/** 256 random bits in base64url, after the scheme (RFC 6750 §2.1): so auth makes them, and it is asked about nothing else. */
const BEARER = /^Bearer ([\w-]{43})$/i;

/** The opaque token in an `Authorization` header, if that is what is in there. */
export const opaqueTokenIn = (authorization: string): string | undefined => BEARER.exec(authorization)?.[1];
