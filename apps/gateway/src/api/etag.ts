import { requestInvalid } from '../graphql/request.errors.ts';

/** The header ETag for a version of the contract (RFC 9110 §8.8.3). */
export const etagOf = (version: string): string => `"${version}"`;

/**
 * The version in the header If-Match (RFC 9110 §13.1.1); empty for `*`, and without the header.
 *
 * @throws DomainError REQUEST_INVALID if it has several tags or a weak one
 */
export function versionIn(ifMatch: string | undefined): string {
  if (ifMatch === undefined || ifMatch.trim() === '*') return '';
  const version = /^\s*"([^"]+)"\s*$/.exec(ifMatch)?.[1];
  if (version === undefined) throw requestInvalid('If-Match must be the ETag of one answer.');
  return version;
}
