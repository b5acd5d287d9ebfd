/** An opaque token of auth: 256 random bits in base64url. */
const OPAQUE = /^[\w-]{43}$/;

/** Whether a bearer token has the form of an opaque token of auth. Auth never sends this form to another issuer. */
export const isOpaqueToken = (token: string): boolean => OPAQUE.test(token);

/** A token after the scheme Bearer (RFC 6750 §2.1). */
const BEARER_TOKEN = /^[\w.~+/-]+=*$/;

/** The longest accepted token of another issuer, in characters. */
const MAX_LENGTH = 8_000;

/** Whether a bearer token can be of another issuer: a JWT or an opaque one. Auth decides by its settings whether it is. */
export const canBeOfIssuer = (token: string): boolean => token.length <= MAX_LENGTH && BEARER_TOKEN.test(token);
