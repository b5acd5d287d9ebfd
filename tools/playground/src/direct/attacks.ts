import { decodeJwt, decodeProtectedHeader, generateKeyPair, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose';
import { once } from 'node:events';
import { connect } from 'node:tls';
import type { Inside } from './inside.ts';

/** The JWT with some claims replaced, signed with a key that is not auth's. */
export async function forge(token: string, claims: JWTPayload): Promise<string> {
  const { privateKey } = await generateKeyPair('ES256');
  const header = decodeProtectedHeader(token) as JWTHeaderParameters;
  return new SignJWT({ ...decodeJwt(token), ...claims }).setProtectedHeader(header).sign(privateKey);
}

/** Connects to post without a certificate. Rejects when post ends the TLS handshake. */
export async function connectToPost({ ports, pki }: Inside): Promise<void> {
  const socket = connect({ port: ports.post, host: 'localhost', ca: pki.rootPem, servername: 'localhost', ALPNProtocols: ['h2'] });
  try {
    // In TLS 1.3 a client learns only after its own part of the handshake whether the server accepts it.
    await once(socket, 'data', { signal: AbortSignal.timeout(2_000) });
  } catch (error) {
    const { code = 'NO_CONNECTION' } = error as NodeJS.ErrnoException;
    const refusal = { code: 'no connection', reason: code.replace(/^ERR_SSL_(TLSV13_ALERT_)?/, ''), metadata: {} };
    throw Object.assign(new Error('Post ends the TLS handshake with an alert.'), refusal);
  } finally {
    socket.destroy();
  }
}
