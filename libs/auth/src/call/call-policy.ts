import { type DomainError, internal } from '@reputable/errors';
import type { AccessRule } from '../access/access-rule.ts';
import type { Transaction } from '../access/transaction.ts';
import type { DecisionObserver } from '../trace/decision-observer.ts';
import { refusePeer, refusePresenter, refuseTransaction, refuseUser } from '../access/decide.ts';
import { callerNotAllowed, transactionUsed } from '../access/denials.ts';
import type { PeerSource } from '../peer/peer-source.ts';
import type { VerifiedToken } from '../token/access-token.ts';
import { TokenRefusal } from '../token/token-refusal.ts';
import type { TokenVerifier } from '../token/token-verifier.ts';
import type { CallContext } from './call-context.ts';
import { UsedTransactions } from './used-transactions.ts';

/** The facts about a call that the policy needs. */
export interface IncomingCall {
  /** `/package.Service/Rpc`. */
  readonly path: string;
  /** The service at the other end of the connection, by the name in its certificate. */
  readonly peer: string | undefined;
  /** The call's `authorization` entry, if it has one. */
  readonly authorization: string | undefined;
  /** The deadline in milliseconds since the epoch; Infinity if the peer set none. */
  readonly deadline: number;
  /** Observes the checks, if anything does. */
  readonly observer?: DecisionObserver | undefined;
}

/** A refused call: the error for the peer, and the details for the log alone. */
export class Denial {
  constructor(
    readonly error: DomainError,
    readonly details: { readonly user?: string | undefined; readonly txn?: string | undefined; readonly fault?: string } = {},
  ) {}
}

/**
 * Authorizes calls. It sends no status and writes no log. {@link CallPolicy.authorize} checks in this order:
 *
 * 1. The rpc has a rule. Nobody may call an rpc without one.
 * 2. The peer's certificate names a service that the rule lists. (TLS has already rejected unverified peers.)
 * 3. A token, if the call carries one, verifies. An invalid token is refused even if anyone may call the rpc.
 * 4. A Transaction Token was issued to this peer, and is for this rpc, or for reads and the rpc only reads.
 * 5. The user has the role, the reputation, the scopes and the attributes that the rule requires.
 * 6. A Transaction Token for this rpc is used for the first time, unless the rpc is idempotent: clients repeat idempotent calls.
 */
export class CallPolicy {
  readonly #used = new UsedTransactions();
  /** The SPIFFE IDs of peers that rules list as callers. */
  readonly #ids = new Map<string, string | undefined>();

  /** The kinds of rows that the rules bind. */
  readonly #bindable: ReadonlySet<string>;

  /** @param peers has the SPIFFE IDs of the peers. Undefined: peers are no services, so all Transaction Tokens are refused */
  constructor(
    readonly rules: ReadonlyMap<string, AccessRule>,
    readonly tokens: TokenVerifier,
    readonly peers?: Pick<PeerSource, 'spiffeIdOf'>,
  ) {
    this.#bindable = new Set([...rules.values()].flatMap(({ binds = [] }) => binds.map(({ name }) => name)));
  }

  /**
   * Returns the context of the call, or a denial. Synchronous for cached tokens.
   *
   * @throws Error (the promise rejects) if the check itself fails; refuse the call then
   */
  authorize(call: IncomingCall): CallContext | Denial | Promise<CallContext | Denial> {
    const rule = this.rules.get(call.path);
    return rule ? this.authorizeBy(rule, call) : new Denial(internal());
  }

  /** The same for a call whose rule is known. */
  authorizeBy(rule: AccessRule, call: IncomingCall): CallContext | Denial | Promise<CallContext | Denial> {
    const refusal = refusePeer(rule, call.peer);
    call.observer?.checked('peer', refusal);
    if (refusal) return new Denial(refusal);
    if (rule.who === 'service' || call.authorization === undefined) return authorizeUser(rule, call);
    const known = this.tokens.known(call.authorization);
    return known ? this.#authorizeVerified(rule, call, known, true) : this.#verify(rule, call, call.authorization);
  }

  /** The error to end an open stream with, if the peer's certificate or the token is no longer valid. */
  recheck({ path, peer }: Pick<IncomingCall, 'path' | 'peer'>, { token, peer: former }: CallContext): DomainError | undefined {
    const rule = this.rules.get(path);
    if (rule && peer !== former) return callerNotAllowed(rule, undefined);
    return token && this.tokens.reconsider(token);
  }

  async #verify(rule: AccessRule, call: IncomingCall, authorization: string): Promise<CallContext | Denial> {
    try {
      const token = await this.tokens.verify(authorization);
      const decision = this.#authorizeVerified(rule, call, token, false);
      return decision instanceof Denial ? decision : this.#once(rule, call, token, decision);
    } catch (error) {
      if (!(error instanceof TokenRefusal)) throw error;
      call.observer?.checked('token', error.error);
      return new Denial(error.error, { fault: error.fault });
    }
  }

  #authorizeVerified(rule: AccessRule, call: IncomingCall, token: VerifiedToken, cached: boolean): CallContext | Denial {
    call.observer?.checked('token', undefined);
    call.observer?.verified(token, cached);
    const refusal = token.transaction && this.#refuseTransaction(rule, call, token.transaction);
    return refusal ? denied(refusal, token) : authorizeUser(rule, call, token);
  }

  #refuseTransaction(rule: AccessRule, { peer, observer }: IncomingCall, transaction: Transaction): DomainError | undefined {
    const refusal = refusePresenter(transaction, peer && this.#idOf(peer)) ?? refuseTransaction(rule, transaction, this.#bindable);
    observer?.checked('transaction', refusal);
    return refusal;
  }

  #idOf(peer: string): string | undefined {
    const known = this.#ids.get(peer);
    if (known !== undefined) return known;
    const id = this.peers?.spiffeIdOf(peer);
    this.#ids.set(peer, id);
    return id;
  }

  /** Sees each use of a token for one call, because the verifier does not cache it. Clients repeat idempotent rpcs with the same token. */
  #once(rule: AccessRule, call: IncomingCall, token: VerifiedToken, context: CallContext): CallContext | Denial {
    const { transaction } = token;
    if (transaction?.path !== rule.path || rule.isIdempotent || this.#used.use(transaction)) return context;
    const refusal = transactionUsed();
    call.observer?.checked('transaction', refusal);
    return denied(refusal, token);
  }
}

function authorizeUser(rule: AccessRule, { peer, deadline, observer }: IncomingCall, token?: VerifiedToken): CallContext | Denial {
  const user = token?.user;
  const refusal = refuseUser(rule, user, observer);
  return refusal ? denied(refusal, token) : { user, peer, token, deadline };
}

const denied = (refusal: DomainError, token: VerifiedToken | undefined) =>
  new Denial(refusal, { user: token?.user.id, txn: token?.transaction?.id });
