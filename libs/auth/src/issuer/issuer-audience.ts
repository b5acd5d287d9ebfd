import type { ClientOf } from '../contract/client.ts';

/** The service that verifies an issuer's tokens. */
export interface IssuerAudience {
  /** The service's name: the default of `audience`. */
  readonly service: string;
  /** The attributes that rules may name, with their form. `mapClaims` must return no other. Default: none. */
  readonly attributes?: Readonly<Record<string, 'number' | 'texts'>> | undefined;
  /** How far the `iat` of a token may be in the future, in seconds. Default: 30. The issuer's `clockSkewS` is accepted in any case. */
  readonly maxLeadS?: number;
  /** The clients for a `claimsSource`. */
  readonly clientOf?: ClientOf;
}
