/** The user whose token came with the call, as the token's claims describe them. */
export class AuthenticatedUser {
  /** A UUID: the token's `sub`. */
  readonly id: string;
  /** Roles when the token was issued, for example `MODERATOR`. */
  readonly roles: readonly string[];
  /** Reputation when the token was issued, 1 or more. */
  readonly reputation: number;
  /** OAuth scopes (RFC 6749 §3.3). */
  readonly scopes: readonly string[];
  /** The token's session: its `sid`. */
  readonly sessionId: string;
  /** The OAuth client that the token was issued to: its `client_id`. */
  readonly clientId: string;
  /** The service that acts for the user: the `sub` of the token's `act` (RFC 8693 §4.1). */
  readonly actor?: string | undefined;
  /** When the user logged in: the token's `auth_time` (RFC 9068 §2.2.1). Undefined without a log-in, as for a personal access token. */
  readonly authenticatedAt?: Date | undefined;
  /** How the user logged in: the token's `amr`, with the values of RFC 8176 §2, for example `pwd`. Empty if the token has none. */
  readonly authenticationMethods: readonly string[];

  constructor(
    claims: Omit<AuthenticatedUser, 'has' | 'authenticationMethods'> & Partial<Pick<AuthenticatedUser, 'authenticationMethods'>>,
  ) {
    this.id = claims.id;
    this.roles = claims.roles;
    this.reputation = claims.reputation;
    this.scopes = claims.scopes;
    this.sessionId = claims.sessionId;
    this.clientId = claims.clientId;
    this.actor = claims.actor;
    this.authenticatedAt = claims.authenticatedAt;
    this.authenticationMethods = claims.authenticationMethods ?? [];
  }

  /** Whether the user has this role. */
  has(role: string): boolean {
    return this.roles.includes(role);
  }
}
