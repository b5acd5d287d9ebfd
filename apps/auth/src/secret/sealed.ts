import { CompactEncrypt, compactDecrypt } from 'jose';

const ALGORITHMS = { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] };

/**
 * Encrypts and authenticates a value directly with a key of 32 bytes (RFC 7516, `dir`), without a wrapped key.
 *
 * @param header further members of the header, which are readable
 */
export const seal = (value: object, key: Uint8Array, header: { readonly kid?: string } = {}): Promise<string> =>
  new CompactEncrypt(Buffer.from(JSON.stringify(value))).setProtectedHeader({ alg: 'dir', enc: 'A256GCM', ...header }).encrypt(key);

/** The sealed value. @throws an error of jose if it was sealed with another key or is not a JWE */
export async function unseal<T>(sealed: string, key: Uint8Array): Promise<T> {
  const { plaintext } = await compactDecrypt(sealed, key, ALGORITHMS);
  return JSON.parse(Buffer.from(plaintext).toString()) as T;
}
