/** An attack that the page offers. */
export interface Attack {
  readonly name: string;
  readonly label: string;
  /** The attempt, and the defence. */
  readonly what: string;
  /** Whether the attacker calls post without the gateway. */
  readonly direct: boolean;
}

/** The attacks of the page, in its order. */
export const ATTACKS = [
  {
    name: 'forged-token',
    label: 'A forged token',
    what: 'Newcomer’s JWT with 9,999 reputation, signed with another key. The signature does not verify.',
    direct: true,
  },
  {
    name: 'stolen-token',
    label: 'A stolen token',
    what: 'Member’s JWT, copied from a service and sent to the public API. The gateway accepts opaque tokens only.',
    direct: false,
  },
  {
    name: 'no-certificate',
    label: 'No certificate',
    what: 'A connection to post without a client certificate. The TLS handshake fails before any call.',
    direct: true,
  },
  {
    name: 'round-the-gateway',
    label: 'Bypass the gateway',
    what: 'Newcomer’s own JWT, sent to post with the gateway’s certificate. Post checks the same rule.',
    direct: true,
  },
  {
    name: 'one-short',
    label: 'Reputation one short',
    what: 'Almost has 14 reputation and votes. The rule needs 15.',
    direct: false,
  },
  {
    name: 'revoked-session',
    label: 'A revoked session',
    what: 'Member logs out. The JWT of that session has not expired, but the revocation stream has reached post.',
    direct: true,
  },
  {
    name: 'other-service',
    label: 'A service that claims to be another',
    what: 'Comment calls UpvotePost with Member’s JWT and a header that names the gateway. Its certificate names comment.',
    direct: true,
  },
  {
    name: 'replay',
    label: 'A replay by a compromised service',
    what: 'Comment sends the token of Member’s query to post. Post accepts a JWT. It refuses a Transaction Token: only the gateway may send it.',
    direct: true,
  },
] as const satisfies readonly Attack[];

/** The name of an attack. */
export type AttackName = (typeof ATTACKS)[number]['name'];
