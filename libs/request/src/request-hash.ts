import { hash } from 'node:crypto';

/** The SHA-256 of a request's content, to recognize another request with the same idempotency key. @param fields in a fixed order */
export const requestHash = (...fields: readonly string[]): Buffer => hash('sha256', JSON.stringify(fields), 'buffer');
