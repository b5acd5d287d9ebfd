/** The transaction that a Transaction Token is for (draft-ietf-oauth-transaction-tokens-10). */
export interface Transaction {
  /** Its id, unique in the trust domain: the claim `txn`. */
  readonly id: string;
  /** The SPIFFE ID of the workload that requested the token: the claim `req_wl`. */
  readonly workload: string;
  /** The only rpc with side effects that the token is valid for: `/package.Service/Rpc`. Undefined: the transaction only reads. */
  readonly path?: string | undefined;
  /** The SHA-256 of the only request that it may send to that rpc, in base64url. Undefined: any request. */
  readonly requestHash?: string | undefined;
}
