import { createHash } from 'node:crypto';

/** The SHA-256 of a secret, for storage. Our secrets have 256 random bits, so the hash needs no salt. */
export const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();
