/** The transaction that a Transaction Token is for (draft-ietf-oauth-transaction-tokens-10). */
export interface Transaction {
  /** Its id, unique in the trust domain: the claim `txn`. A replacement has the id of the token that it replaces. */
  readonly id: string;
  /** The SPIFFE ID of the workload that requested the token: the claim `req_wl`. Services accept the token from this workload alone. */
  readonly workload: string;
  /** The SPIFFE IDs of the workloads that requested the replaced tokens, in the order of the calls. Empty for a token that replaces none. */
  readonly callChain: readonly string[];
  /** Whether the token is for one rpc with side effects, or for reads. */
  readonly action: 'read' | 'write';
  /** The only rpc that the token is valid for: `/package.Service/Rpc`. Undefined: every rpc that only reads. */
  readonly path?: string | undefined;
  /** The SHA-256 of the only request that it may send to that rpc, in base64url. Undefined: any request. */
  readonly requestHash?: string | undefined;
  /** The ids of the rows that the transaction is about, by the names that rules bind. Undefined: any rows. */
  readonly binds?: Readonly<Record<string, string>> | undefined;
}

/** Whether the token is for a single call. Such a token is not worth caching, and its replacements are for a single call, too. */
export const isForOneCall = ({ action, requestHash }: Transaction): boolean => action === 'write' || requestHash !== undefined;
