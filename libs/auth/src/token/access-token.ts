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
   */
  readonly authorizationFor?: (path: string, request: Uint8Array) => Promise<string>;
}
