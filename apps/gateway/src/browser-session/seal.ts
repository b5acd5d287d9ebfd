import { CompactEncrypt, compactDecrypt } from 'jose';
import { hkdfSync } from 'node:crypto';

/** What a key is for: one for one thing is none for another. */
export type Purpose = 'browser session' | 'log-in';

/** A key for one purpose, by HKDF (RFC 5869) with SHA-256. Without the `salt` the secret alone does not make it. */
export const deriveKey = (secret: Uint8Array, purpose: Purpose, salt = '') =>
  new Uint8Array(hkdfSync('sha256', secret, salt, `reputable gateway: ${purpose}`, 32));

/** Encrypts a value, and makes it tamper-proof: a compact JWE (RFC 7516), with AES-256-GCM and the key itself. */
export const seal = (value: object, key: Uint8Array): Promise<string> =>
  new CompactEncrypt(Buffer.from(JSON.stringify(value))).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).encrypt(key);

/** What was sealed with this key; undefined if it was with another, or is something else. */
export async function unseal<T>(sealed: string, key: Uint8Array): Promise<T | undefined> {
  try {
    const algorithms = { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] };
    const { plaintext } = await compactDecrypt(sealed, key, algorithms);
    return JSON.parse(Buffer.from(plaintext).toString()) as T;
  } catch {
    return undefined;
  }
}
