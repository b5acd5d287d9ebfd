import { AuthenticatedUser, refusePeer, refuseUser, ruleOf } from '@reputable/auth';
import type { Rpc } from '@reputable/proto';

/** The user of a call, if there is one, and the service that calls. */
export interface Who {
  /** Undefined if no user is signed in. */
  readonly user?: { readonly roles: readonly string[]; readonly reputation: number; readonly scopes: readonly string[] } | undefined;
  readonly service: string;
}

/** The decision about a call of one rpc, before the service fetches the row. */
export interface Verdict {
  /** `reputable.post.v1.PostService`. */
  readonly service: string;
  readonly rpc: string;
  readonly allowed: boolean;
  /** The reason of a refusal, for programs: `REPUTATION_TOO_LOW`. */
  readonly reason?: string;
  /** The reason of a refusal, for people. */
  readonly message?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** The rule for the row, from the text after `Row:` in the contract. */
  readonly row?: string;
}

/** Decides about a call of every rpc by the code of the services. */
export const verdictsFor = (who: Who, rpcs: readonly Rpc[]): Verdict[] => rpcs.map((rpc) => verdictOn(rpc, who));

function verdictOn({ service, name, method, row }: Rpc, who: Who): Verdict {
  const rule = ruleOf(method);
  const refusal = refusePeer(rule, who.service) ?? refuseUser(rule, userOf(who));
  const verdict = { service, rpc: name, ...(row !== '' && { row }) };
  if (!refusal) return { ...verdict, allowed: true };
  const { reason, message, metadata } = refusal;
  return { ...verdict, allowed: false, reason, message, metadata };
}

const userOf = ({ user }: Who): AuthenticatedUser | undefined =>
  user && new AuthenticatedUser({ id: '', sessionId: '', clientId: '', ...user });
