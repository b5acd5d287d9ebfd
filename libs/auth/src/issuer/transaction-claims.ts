import { z } from 'zod';
import type { Transaction } from '../access/transaction.ts';
import type { Claims } from './mapped-user.ts';

/** The `typ` of a Transaction Token (draft-ietf-oauth-transaction-tokens-10 §9.1). */
export const TRANSACTION_TOKEN = 'txntoken+jwt';

const text = z.string().min(1).max(200);
const sha256 = z.string().regex(/^[\w-]{43}$/);
const any = z.unknown().optional();

/** The part of the user's claims that is in `tctx`: what the user may do. */
const authorization = { roles: any, reputation: any, claims_age: any };

const binds = z.record(text, z.string().max(200)).optional();
const rpc = text.regex(/^[\w.]+\/\w+$/);

/** What the transaction does. Claims that are not listed are ignored, as §9.2 requires. */
const TransactionContext = z.discriminatedUnion('action', [
  z.object({ action: z.literal('read'), rpc: rpc.optional(), request_sha256: sha256.optional(), binds, ...authorization }),
  z.object({ action: z.literal('write'), rpc, request_sha256: sha256.optional(), binds, ...authorization }),
]);

/** Where the request comes from: the part of the user's claims about session, client and log-in, and the workloads that it has passed. */
const RequestContext = z.object({ sid: any, client_id: any, auth_time: any, amr: any, call_chain: z.array(text).max(50).default([]) });

/** The claims of §9.2 that describe the transaction. Draft 10 recommends `tctx` and `rctx`; we require them. */
const TransactionClaims = z.object({
  txn: text,
  req_wl: text,
  // A list could name the trust domain among others.
  aud: z.string(),
  scope: z.string(),
  tctx: TransactionContext,
  rctx: RequestContext,
});

/**
 * The transaction in the claims of a verified Transaction Token, and the claims of its user by the names that they have in an access token. A
 * user's claim is read from one place alone, so that no other object in the token can replace it.
 *
 * @throws Error if the token does not describe a transaction
 */
export function transactionIn(payload: Claims): { transaction: Transaction; claims: Claims } {
  const { txn: id, req_wl: workload, tctx, rctx } = TransactionClaims.parse(payload);
  const may = { roles: tctx.roles, reputation: tctx.reputation, claims_age: tctx.claims_age };
  const from = { sid: rctx.sid, client_id: rctx.client_id, auth_time: rctx.auth_time, amr: rctx.amr };
  const { action, rpc, request_sha256: requestHash, binds } = tctx;
  return {
    transaction: { id, workload, callChain: rctx.call_chain, action, ...(rpc !== undefined && { path: `/${rpc}`, requestHash }), binds },
    claims: { ...payload, ...may, ...from, jti: id, act: { sub: workload } },
  };
}
