/** A user's session at an outside provider, with which a log-in here began. */
export interface OutsideSession {
  readonly issuer: string;
  readonly subject: string;
  /** The `sid` of the ID token; null if it had none. */
  readonly sid: string | null;
}

/** Sessions that have ended at a provider: all of a user, one, or both by an id of each. */
export interface EndedOutside {
  readonly issuer: string;
  readonly subject: string | undefined;
  readonly sid: string | undefined;
}
