/** The expected error of a refused call: `rejects.toMatchObject(denied('REPUTATION_TOO_LOW'))`. */
export interface Denied {
  readonly reason: string;
}

/** The expected error of a call refused for this reason, with this metadata. */
export const denied = (reason: string, metadata?: Record<string, string>): Denied =>
  (metadata ? { reason, metadata } : { reason }) as Denied;
