import type { VerifiedClaims } from '../issuer/issuer.ts';

/** A verified token. */
export interface VerifiedToken extends VerifiedClaims {
  /** The `Authorization` value to forward: `Bearer …`. */
  readonly authorization: string;
  /**
   * Obtains the `Authorization` value for one rpc with side effects, if `authorization` is for reads alone. Default: `authorization` is for every
   * rpc. A service that forwards the token of its call never has it.
   *
   * @param path `/package.Service/Rpc`
   * @param request the serialized request
   * @param binds the ids of the rows that the request is about, by the names that the rule of the rpc binds
   */
  readonly authorizationFor?: (path: string, request: Uint8Array, binds: Readonly<Record<string, string>>) => Promise<string>;
}
