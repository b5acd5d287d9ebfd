/** What a refused call rejects with, for `rejects.toMatchObject(denied('REPUTATION_TOO_LOW'))`. */
export interface Denied {
  readonly reason: string;
}

/** The error of a call that was refused for this reason, with this metadata. */
export const denied = (reason: string, metadata?: Record<string, string>): Denied =>
  (metadata ? { reason, metadata } : { reason }) as Denied;
