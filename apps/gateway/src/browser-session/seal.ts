import { CompactEncrypt, compactDecrypt } from 'jose';
import { hkdfSync } from 'node:crypto';

/** The purpose of a key. Each purpose has its own key. */
export type Purpose = 'browser session' | 'log-in' | 'notice';

/** Derives a key for one purpose by HKDF (RFC 5869) with SHA-256, from both the secret and the `salt`. */
export const deriveKey = (secret: Uint8Array, purpose: Purpose, salt = '') =>
  new Uint8Array(hkdfSync('sha256', secret, salt, `reputable gateway: ${purpose}`, 32));

/** Encrypts and authenticates a value: a compact JWE (RFC 7516) with AES-256-GCM and direct encryption. */
export const seal = (value: object, key: Uint8Array): Promise<string> =>
  new CompactEncrypt(Buffer.from(JSON.stringify(value))).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).encrypt(key);

/** The sealed value; undefined if it was sealed with another key or is not a JWE. */
export async function unseal<T>(sealed: string, key: Uint8Array): Promise<T | undefined> {
  try {
    const algorithms = { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] };
    const { plaintext } = await compactDecrypt(sealed, key, algorithms);
    return JSON.parse(Buffer.from(plaintext).toString()) as T;
  } catch {
    return undefined;
  }
}
