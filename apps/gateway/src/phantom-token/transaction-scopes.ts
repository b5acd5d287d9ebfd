import type { DescService } from '@bufbuild/protobuf';
import { ruleOf } from '@reputable/auth';

/** The scopes of Transaction Tokens, as narrow as the contract allows: a token has a scope that only writes need for those writes alone. */
export class TransactionScopes {
  /** The scopes that rules require, by the path of the rpc. */
  readonly #required: ReadonlyMap<string, readonly string[]>;
  readonly #onlyForWrites: ReadonlySet<string>;

  /** @param called the contracts of the services that the gateway calls */
  constructor(called: readonly DescService[]) {
    const rules = called.flatMap(({ methods }) => methods.map(ruleOf));
    const ofReads = new Set(rules.filter(({ isRead }) => isRead).flatMap(({ scopes }) => scopes));
    this.#required = new Map(rules.map(({ path, scopes }) => [path, scopes]));
    this.#onlyForWrites = new Set(rules.flatMap(({ scopes }) => scopes).filter((scope) => !ofReads.has(scope)));
  }

  /** Those of the user's scopes that a transaction needs: all that reads can need, and those of its rpc with side effects. */
  of(granted: readonly string[], path?: string): string {
    const required = path === undefined ? [] : (this.#required.get(path) ?? []);
    return granted.filter((scope) => !this.#onlyForWrites.has(scope) || required.includes(scope)).join(' ');
  }
}
