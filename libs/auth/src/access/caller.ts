/** Who a request is made for, as the verified token says. */
export class Caller {
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

  constructor(claims: Pick<Caller, 'id' | 'roles' | 'reputation' | 'scopes' | 'sessionId' | 'clientId'>) {
    this.id = claims.id;
    this.roles = claims.roles;
    this.reputation = claims.reputation;
    this.scopes = claims.scopes;
    this.sessionId = claims.sessionId;
    this.clientId = claims.clientId;
  }

  /** Whether the caller has this role. */
  has(role: string): boolean {
    return this.roles.includes(role);
  }
}
