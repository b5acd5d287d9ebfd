import { createHmac } from 'node:crypto';

/** The secrets of one log-in with a provider. All come from one secret that only the browser's cookie has. */
export interface LogInSecrets {
  readonly state: string;
  readonly nonce: string;
  /** The verifier of PKCE (RFC 7636 §4.1). */
  readonly codeVerifier: string;
}

/** Derives the secrets of a log-in. @param secret 256 random bits in base64url */
export function secretsOf(secret: string): LogInSecrets {
  const derive = (purpose: string) => createHmac('sha256', secret).update(purpose).digest('base64url');
  return { state: derive('state'), nonce: derive('nonce'), codeVerifier: derive('code verifier') };
}
