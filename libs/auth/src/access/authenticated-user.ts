/** The user whose token came with the call, by the claims of that token. */
export class AuthenticatedUser {
  /** The user: a UUID, the token's `sub`. */
  readonly id: string;
  /** Roles at the time the token was issued, as in `MODERATOR`. */
  readonly roles: readonly string[];
  /** Reputation at the time the token was issued, 1 or more. */
  readonly reputation: number;
  /** OAuth scopes (RFC 6749 §3.3). */
  readonly scopes: readonly string[];
  /** The session the token belongs to, its `sid`. */
  readonly sessionId: string;
  /** The OAuth client the token was issued to, its `client_id`. */
  readonly clientId: string;
  /** The service that acts for the user and obtained the token, the `sub` of its `act` (RFC 8693 §4.1). */
  readonly actor?: string | undefined;

  constructor(claims: Omit<AuthenticatedUser, 'has'>) {
    this.id = claims.id;
    this.roles = claims.roles;
    this.reputation = claims.reputation;
    this.scopes = claims.scopes;
    this.sessionId = claims.sessionId;
    this.clientId = claims.clientId;
    this.actor = claims.actor;
  }

  /** Whether the user has this role. */
  has(role: string): boolean {
    return this.roles.includes(role);
  }
}
