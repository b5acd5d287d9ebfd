/** A user's attributes by name: a number for `min`, or texts for `any_of` in the contract. */
export type Attributes = Readonly<Record<string, number | readonly string[]>>;

/** The user whose token came with the call, as the token's claims describe them. */
export class AuthenticatedUser {
  /** Unique among the users of all issuers: the token's `sub`, after the issuer's `namespace` if it has one. Our own issuer's are UUIDs. */
  readonly id: string;
  /** Roles when the token was issued, for example `MODERATOR`. */
  readonly roles: readonly string[];
  /** Reputation when the token was issued. 0: the issuer states none. */
  readonly reputation: number;
  /** How old the roles and the reputation were when the token was issued, in seconds: the token's `claims_age`. Undefined if they were current. */
  readonly claimsAgeS?: number | undefined;
  /** OAuth scopes (RFC 6749 §3.3). */
  readonly scopes: readonly string[];
  /** The token's session: its `sid`. Undefined if the issuer states none. */
  readonly sessionId?: string | undefined;
  /** The OAuth client that the token was issued to: its `client_id`. Undefined if the issuer states none. */
  readonly clientId?: string | undefined;
  /** The service that acts for the user: the `sub` of the token's `act` (RFC 8693 §4.1). */
  readonly actor?: string | undefined;
  /** When the user logged in: the token's `auth_time` (RFC 9068 §2.2.1). Undefined without a log-in, as for a personal access token. */
  readonly authenticatedAt?: Date | undefined;
  /** How the user logged in: the token's `amr`, with the values of RFC 8176 §2, for example `pwd`. Empty if the token has none. */
  readonly authenticationMethods: readonly string[];
  /** The issuer of the token: its `iss`. */
  readonly issuer?: string | undefined;
  /** The user's tenant. Undefined if the issuer states none. */
  readonly tenant?: string | undefined;
  /** Further attributes that rules may name. */
  readonly attributes: Attributes;

  constructor(claims: UserClaims) {
    this.id = claims.id;
    this.roles = claims.roles;
    this.reputation = claims.reputation;
    this.claimsAgeS = claims.claimsAgeS;
    this.scopes = claims.scopes;
    this.sessionId = claims.sessionId;
    this.clientId = claims.clientId;
    this.actor = claims.actor;
    this.authenticatedAt = claims.authenticatedAt;
    this.authenticationMethods = claims.authenticationMethods ?? [];
    this.issuer = claims.issuer;
    this.tenant = claims.tenant;
    this.attributes = claims.attributes ?? {};
  }

  /** Whether the user has this role. */
  has(role: string): boolean {
    return this.roles.includes(role);
  }

  /** The same user with other claims. */
  with(claims: Partial<UserClaims>): AuthenticatedUser {
    return new AuthenticatedUser(Object.assign({}, this, claims));
  }
}

type Defaulted = 'authenticationMethods' | 'attributes';

/** What an {@link AuthenticatedUser} is made of. */
type UserClaims = Omit<AuthenticatedUser, 'has' | 'with' | Defaulted> & { readonly [K in Defaulted]?: AuthenticatedUser[K] | undefined };
