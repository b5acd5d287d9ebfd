import { Inject, Injectable } from '@nestjs/common';
import { PROOF_ALGORITHMS } from '@reputable/contracts';
import type { FastifyRequest } from 'fastify';
import { calculateJwkThumbprint, EmbeddedJWK, type JWTPayload, jwtVerify } from 'jose';
import { hash } from 'node:crypto';
import { BROWSER_SESSION_OPTIONS, type BrowserSessionOptions } from '../browser-session/options.ts';
import { proofInvalid, proofNonce, tooManyProofs } from './dpop.errors.ts';
import { Nonces } from './nonces.ts';
import { UsedProofs } from './used-proofs.ts';

/** The proofs of possession in the header `DPoP` (RFC 9449 §4): the client signs each request with the key that its token is bound to. */
@Injectable()
export class Proofs {
  readonly nonces: Nonces;
  readonly #used = new UsedProofs();

  constructor(@Inject(BROWSER_SESSION_OPTIONS) readonly options: BrowserSessionOptions) {
    this.nonces = new Nonces(options.encryptionKey);
  }

  /**
   * Checks the proof of a request (RFC 9449 §4.3). Its age is that of its nonce, so the client's clock does not matter.
   *
   * @returns the thumbprint (RFC 7638) of the key that signed it
   * @throws DomainError PROOF_INVALID, PROOF_NONCE, TOO_MANY_PROOFS
   */
  async check(request: FastifyRequest, token: string): Promise<string> {
    const { payload, key } = await verify(proofIn(request));
    const { htm, htu, ath, jti, nonce } = payload;
    if (htm !== request.method) throw proofInvalid('is for another method: see htm');
    // A client that sends the whole URL in the request line (RFC 9112 §3.2.2) chooses its origin.
    if (withoutQuery(htu) !== this.options.origin + new URL(request.url, this.options.origin).pathname)
      throw proofInvalid('is for another URL: see htu');
    if (ath !== hash('sha256', token, 'base64url')) throw proofInvalid('is for another access token: see ath');
    if (typeof jti !== 'string' || jti === '') throw proofInvalid('has no jti');
    const period = typeof nonce === 'string' ? this.nonces.periodOf(nonce) : undefined;
    if (period === undefined) throw proofNonce(this.nonces.current());
    const use = this.#used.add(period, key, jti);
    if (use === 'used') throw proofInvalid('was used before');
    if (use === 'full') throw tooManyProofs();
    return key;
  }
}

function proofIn({ raw }: FastifyRequest): string {
  const [proof, ...more] = raw.headersDistinct['dpop'] ?? [];
  if (proof === undefined || more.length > 0) throw proofInvalid('is missing, or there are several');
  return proof;
}

async function verify(proof: string): Promise<{ payload: JWTPayload; key: string }> {
  const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, { typ: 'dpop+jwt', algorithms: [...PROOF_ALGORITHMS] }).catch(
    invalid,
  );
  return { payload, key: await calculateJwkThumbprint(protectedHeader.jwk ?? invalid()) };
}

function invalid(): never {
  throw proofInvalid('is not a JWT of type dpop+jwt with a public key and a valid signature');
}

/** A URL without query and fragment (RFC 9449 §4.2, `htu`), normalized; undefined if it is none. */
function withoutQuery(text: unknown): string | undefined {
  const url = typeof text === 'string' ? URL.parse(text) : null;
  return url ? url.origin + url.pathname : undefined;
}
