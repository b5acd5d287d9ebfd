/** Who a request is made for, as the verified token says, and through which service, as the certificate of the connection says. */
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
  /** Who acts for the user, and asked for this token in the user's name: a service, the `sub` of its `act` (RFC 8693 §4.1). */
  readonly actor?: string | undefined;

  /**
   * @param claims what the token says
   * @param service the service that placed the call; undefined at the gateway, whose callers are no services
   */
  constructor(
    claims: Pick<AuthenticatedUser, 'id' | 'roles' | 'reputation' | 'scopes' | 'sessionId' | 'clientId' | 'actor'>,
    readonly service?: string,
  ) {
    this.id = claims.id;
    this.roles = claims.roles;
    this.reputation = claims.reputation;
    this.scopes = claims.scopes;
    this.sessionId = claims.sessionId;
    this.clientId = claims.clientId;
    this.actor = claims.actor;
  }

  /** The same user, through this service. */
  calledBy(service: string | undefined): AuthenticatedUser {
    return new AuthenticatedUser(this, service);
  }

  /** Whether the user has this role. */
  has(role: string): boolean {
    return this.roles.includes(role);
  }
}
