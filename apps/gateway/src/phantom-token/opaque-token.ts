/** An opaque token of auth: 256 random bits in base64url. */
const OPAQUE = /^[\w-]{43}$/;

/** Whether a bearer token has the form of an opaque token. Only this form is exchanged. */
export const isOpaqueToken = (token: string): boolean => OPAQUE.test(token);
