import type { VerifiedClaims } from '../issuer/issuer.ts';

/** A verified token. */
export interface VerifiedToken extends VerifiedClaims {
  /** The `Authorization` value to forward: `Bearer …`. */
  readonly authorization: string;
}
