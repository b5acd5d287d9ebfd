/** An opaque token of auth after the scheme (RFC 6750 §2.1): 256 random bits in base64url. Only this form is exchanged. */
const BEARER = /^Bearer ([\w-]{43})$/i;

/** The opaque token in an `Authorization` header; undefined for any other value. */
export const opaqueTokenIn = (authorization: string): string | undefined => BEARER.exec(authorization)?.[1];
