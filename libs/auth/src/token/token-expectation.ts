/** What a token is checked against. */
export interface TokenExpectation {
  /** The one issuer, compared to the letter (RFC 8725 §3.8). */
  readonly issuer: string;
  /** This service's name, which must be among the token's audiences (RFC 8725 §3.9). */
  readonly audience: string;
}
