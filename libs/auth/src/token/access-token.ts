import type { VerifiedClaims } from '../issuer/issuer.ts';

/** A verified token. */
export interface VerifiedToken extends VerifiedClaims {
  /** The `Authorization` value to forward: `Bearer …`. */
  readonly authorization: string;
  /**
   * Obtains the `Authorization` values of calls, if `authorization` is for none of them. Default: `authorization` is for every rpc. A service that
   * forwards the token of its call never has it.
   */
  readonly outgoing?: OutgoingTokens;
}

/** The `Authorization` values of the calls of one user. */
export interface OutgoingTokens {
  /** The value for all rpcs that only read. A promise only if it must be requested. */
  forReads(): string | Promise<string>;
  /**
   * A value for one rpc with side effects.
   *
   * @param path `/package.Service/Rpc`
   * @param request the serialized request
   * @param binds the ids of the rows that the request is about, by the names that the rule of the rpc binds
   */
  forWrite(path: string, request: Uint8Array, binds: Readonly<Record<string, string>>): Promise<string>;
}
