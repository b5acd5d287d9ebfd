import { PERSONAL_ACCESS_TOKEN_PREFIX } from '@reputable/contracts';

/** An opaque token of ours, 256 bits in base64url, and any other character before and after it. */
const OPAQUE = /^[^\w-]*[\w-]{43}[^\w-]*$/;

/** Whether a token is of ours by its form, also with characters too many. It must never be shown to another issuer. */
export const isOurs = (token: string): boolean => OPAQUE.test(token) || token.includes(PERSONAL_ACCESS_TOKEN_PREFIX);
