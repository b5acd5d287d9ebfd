/** An opaque token of auth: 256 random bits in base64url. */
const OPAQUE = /^[\w-]{43}$/;

/** Whether a bearer token has the form of an opaque token. Only this form is exchanged. */
export const isOpaqueToken = (token: string): boolean => OPAQUE.test(token);

/** A JWS in compact form (RFC 7515 §7.1). */
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** The longest accepted JWT, in characters. */
const MAX_JWT_LENGTH = 8_000;

/** Whether a bearer token has the form of a JWT. Auth exchanges those of the issuers in its settings, and refuses any other. */
export const isJwt = (token: string): boolean => token.length <= MAX_JWT_LENGTH && JWT.test(token);
