import { isForOneCall, tokenInvalid, type Transaction } from '@reputable/auth';
import { invalid } from '@reputable/errors';
import type { z } from 'zod';
import type { IssueTransactionToken } from './token.requests.ts';

/** The largest number of workloads in the call chain of a token. */
const MAX_CHAIN = 8;

type Details = Pick<z.output<typeof IssueTransactionToken>, 'rpc' | 'requestSha256' | 'binds'>;

/**
 * Checks that a workload may replace a Transaction Token (draft-ietf-oauth-transaction-tokens-10 §13.15): it is the service that the token is for, and the
 * replacement allows less. The service that the replacement is for checks the rest: that the rpc is a read, and lists the workload as a caller.
 *
 * @throws DomainError TOKEN_INVALID for a token that the workload cannot have received; INVALID_FIELD for a replacement that would allow too much
 */
export function expectReplaceable(transaction: Transaction, workload: string, { rpc, requestSha256, binds }: Details): void {
  const { path, callChain } = transaction;
  if (path !== undefined && serviceOf(path) !== workload) throw tokenInvalid();
  if (callChain.length >= MAX_CHAIN) throw tokenInvalid();
  if (rpc === '') throw invalid([{ field: 'rpc', description: 'A replacement needs the rpc that it is for.' }]);
  if (binds) throw invalid([{ field: 'binds', description: 'A replacement has those of the replaced token.' }]);
  if (isForOneCall(transaction) && requestSha256 === undefined)
    throw invalid([{ field: 'request_sha256', description: 'The replacement of a token for one call needs the hash of the request.' }]);
}

/** The service that serves an rpc: each package in proto/ has the name of its service. */
const serviceOf = (path: string) => path.split('.')[1];
