import { openSecrets } from '@reputable/dev';
import type { System } from '@reputable/dev';
import { compactDecrypt, decodeJwt, decodeProtectedHeader, generateKeyPair, importJWK, SignJWT } from 'jose';
import type { CryptoKey, JWK, JWTHeaderParameters, JWTPayload } from 'jose';
import pg from 'pg';

/** A token that says what another one says but for some claims, signed with this key. */
export function resign(token: string, key: CryptoKey, claims: JWTPayload): Promise<string> {
  const header = decodeProtectedHeader(token) as JWTHeaderParameters;
  return new SignJWT({ ...decodeJwt(token), ...claims }).setProtectedHeader(header).sign(key);
}

/** A key that is not auth's. */
export const someKey = async (): Promise<CryptoKey> => (await generateKeyPair('ES256')).privateKey;

/**
 * The very key that auth signs with. Nobody else has it: it takes auth's database and the key that its private keys are encrypted
 * with, and whoever started the system has both.
 */
export async function signingKey(system: Pick<System, 'dataDir' | 'databaseUrl'>): Promise<CryptoKey> {
  const client = new pg.Client({ connectionString: system.databaseUrl('auth') });
  await client.connect();
  try {
    const { rows } = await client.query<{ jwe: string }>("SELECT private_jwe AS jwe FROM signing_key WHERE state = 'current'");
    const { plaintext } = await compactDecrypt(
      rows[0]?.jwe ?? '',
      Buffer.from((await openSecrets(system.dataDir)).KEY_ENCRYPTION_KEY, 'base64'),
    );
    return (await importJWK(JSON.parse(Buffer.from(plaintext).toString()) as JWK, 'ES256')) as CryptoKey;
  } finally {
    await client.end();
  }
}
