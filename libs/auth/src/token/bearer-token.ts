/**
 * The token in an `Authorization` header or metadata entry (RFC 6750 §2.1). What stands there and is no bearer token yields an empty
 * one, which never verifies: a call with bad credentials is not a call without any.
 */
export function bearerToken(authorization: string): string {
  return /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? '';
}
