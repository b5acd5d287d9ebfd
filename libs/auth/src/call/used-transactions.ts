import { LRUCache } from 'lru-cache';
import type { Transaction } from '../access/transaction.ts';

/** The number of transactions to remember. A token lives for seconds, so this is enough for a thousand writes a second. */
const SIZE = 20_000;

/**
 * The transactions whose rpcs this process has called, to refuse a second use of a Transaction Token (draft-ietf-oauth-transaction-tokens-10 §13.2).
 * The memory is bounded, and each replica has its own.
 */
export class UsedTransactions {
  readonly #used = new LRUCache<string, true>({ max: SIZE });

  /** Records a use of the transaction for its rpc. Returns whether it is the first one. */
  use({ id, path = '' }: Transaction): boolean {
    const key = `${path} ${id}`;
    if (this.#used.has(key)) return false;
    this.#used.set(key, true);
    return true;
  }
}
