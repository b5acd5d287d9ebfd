import type { Access } from '@reputable/contracts/access/v1/access';
import { type AnyContract, contractOf } from '../contract/contract.ts';
import type { TrustedIssuers } from '../issuer/issuers.ts';
import { NO_REPLACEMENTS } from './replacement-tokens.ts';

/** The facts about a service that decide what it can do with Transaction Tokens. */
interface Receiver {
  readonly service: string;
  readonly issuer: TrustedIssuers;
  /** Whether it identifies the services that call it. */
  readonly identifiesPeers: boolean;
  /** Whether it knows the auth service, which issues replacements. */
  readonly canReplace: boolean;
  /** The contracts of the services that it calls. */
  readonly calls: readonly AnyContract[];
}

/**
 * Checks that a service that accepts Transaction Tokens can know who sends them, and can forward them.
 *
 * @throws Error that names the option to change
 */
export function checkTransactions({ service, issuer, identifiesPeers, canReplace, calls }: Receiver): void {
  if (typeof issuer === 'string' || ![issuer].flat().some(({ transactionTokens }) => transactionTokens !== undefined)) return;
  if (!identifiesPeers)
    throw new Error(
      "transactionTokens is set, and peer: 'none' identifies no service: each Transaction Token would be refused. Remove one.",
    );
  const forwarding = calls.map(contractOf).find(({ rpcs }) => rpcs.some(({ access }) => takesTokensOf(service, access as Access)));
  if (forwarding && !canReplace) throw new Error(`calls lists ${forwarding.typeName}, and transactionTokens is set: ${NO_REPLACEMENTS}`);
}

const takesTokensOf = (service: string, { who, callers }: Access) => who.case !== 'service' && callers.includes(service);
