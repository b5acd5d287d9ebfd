/** The issuer and audience that a token must have. */
export interface TokenExpectation {
  /** The only accepted issuer, compared exactly (RFC 8725 §3.8). */
  readonly issuer: string;
  /** This service's name. The token's `aud` must contain it (RFC 8725 §3.9). */
  readonly audience: string;
}
