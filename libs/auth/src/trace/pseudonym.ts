import { hash } from 'node:crypto';

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/**
 * The id of a user in spans. The ids of our own issuer are UUIDs, which state nothing about a person. The `sub` of another issuer can be an
 * address, so it is replaced by its SHA-256, shortened to 64 bits: it tells users apart, and hides a `sub` only from those who cannot guess it.
 */
export const pseudonymOf = (id: string): string => (UUID.test(id) ? id : `sha256:${hash('sha256', id).slice(0, 16)}`);
