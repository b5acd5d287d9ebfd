import type { Past, System } from '@reputable/dev';

/** The parts of a system that only its operator has: keys, certificates, ports and data. */
export type Inside = Pick<System, 'ports' | 'pki' | 'urls' | 'dataDir' | 'provider'>;

/** The system in which the story happens. */
export interface Stage {
  /** The URL of the public API. */
  readonly graphql: string;
  /** The URL of the mailbox for development. */
  readonly mailbox: string;
  /** Gives an account its roles and reputation. No API does that. */
  readonly distinguish: (id: string, past: Past) => Promise<void>;
  /** Without it, the story omits the scenes with registered clients and those behind the gateway. */
  readonly inside?: Inside;
}
