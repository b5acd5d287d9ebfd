import { AuthenticatedUser, refusePeer, refuseUser, ruleOf } from '@reputable/auth';
import type { Rpc } from '@reputable/proto';

/** Who calls: a user or nobody, through a service. */
export interface Who {
  /** Undefined where nobody is signed in. */
  readonly user?: { readonly roles: readonly string[]; readonly reputation: number; readonly scopes: readonly string[] } | undefined;
  readonly service: string;
}

/** What becomes of a call of one rpc, as far as can be said without the row it is about. */
export interface Verdict {
  /** `reputable.post.v1.PostService`. */
  readonly service: string;
  readonly rpc: string;
  readonly allowed: boolean;
  /** Why not, for programs: `REPUTATION_TOO_LOW`. */
  readonly reason?: string;
  /** Why not, for people. */
  readonly message?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** What the service asks for in addition once it has fetched the row: what the contract says after `Row:`. */
  readonly row?: string;
}

/** Decides about a call of every rpc, in the order and by the code in which every service does. */
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
