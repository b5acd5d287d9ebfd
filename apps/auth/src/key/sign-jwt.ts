import { ALGORITHM } from '@reputable/auth';
import { sign } from 'node:crypto';
import type { Signer } from './key-ring.ts';

/**
 * Signs a JWT with ES256 (RFC 7515 §7.1, RFC 7518 §3.4) in this thread. jose signs by WebCrypto in another thread, and for a token of each write the
 * change of threads takes longer than the signature.
 */
export function signJwt(typ: string, claims: object, { kid, keyObject: key }: Signer): string {
  const input = [{ alg: ALGORITHM, typ, kid }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}
