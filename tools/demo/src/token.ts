import { join } from 'node:path';
import { CertificateWatch, openClient } from '@reputable/auth';
import { AuthService } from '@reputable/contracts/auth/v1/auth';
import { TRUST_DOMAIN } from '@reputable/contracts/registry';
import type { System } from '@reputable/dev';
import { decodeJwt, decodeProtectedHeader, generateKeyPair, SignJWT } from 'jose';
import type { JWTHeaderParameters, JWTPayload } from 'jose';

/** The signed token that stands for an opaque one at these services: got from auth, with the gateway's own certificate. */
export async function exchange({ ports, pki }: Pick<System, 'ports' | 'pki'>, token: string, audience: readonly string[]): Promise<string> {
  const service = 'gateway';
  const certificate = await CertificateWatch.open({ folder: join(pki.dir, service), service, trustDomain: TRUST_DOMAIN });
  const { client, close } = openClient({ contract: AuthService, service: 'auth', url: `localhost:${String(ports.auth)}` }, certificate);
  try {
    return (await client.exchangeToken({ subjectToken: token, audience: [...audience] })).accessToken;
  } finally {
    close();
    certificate.close();
  }
}

/** A token that says what another one says but for some claims, signed with a key that is not auth's. */
export async function forge(token: string, claims: JWTPayload): Promise<string> {
  const { privateKey } = await generateKeyPair('ES256');
  const header = decodeProtectedHeader(token) as JWTHeaderParameters;
  return new SignJWT({ ...decodeJwt(token), ...claims }).setProtectedHeader(header).sign(privateKey);
}
